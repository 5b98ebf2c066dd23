package kvstore.server.net;

import java.util.Optional;

/** Version numbers that clients see. */
public final class Versions {

  /** The Redis version whose commands and replies clients may expect. */
  public static final String REDIS = "7.2.5";

  /** This build; the jar's manifest has it. */
  public static final String OWN =
      Optional.ofNullable(Versions.class.getPackage().getImplementationVersion()).orElse("0.1.0");

  private Versions() {}
}
