package kvstore.server.config;

import java.util.Locale;

/**
 * A row of the option table.
 *
 * @param name as on the command line without the dashes, and as in the file
 * @param fallback the default as text; empty when there is none
 * @param summary one sentence, for the help and the documents
 */
public record Option<T>(
    Group group, String name, OptionType<T> type, String fallback, String summary) {

  /** Where an option stands in the help and the documents. */
  public enum Group {
    NODE("Node and cluster"),
    ADDRESSES("Addresses"),
    SECURITY("Security"),
    CONSISTENCY("Consistency and time"),
    CLIENTS("Clients and their limits"),
    STORAGE("Storage and memory"),
    PROCESS("Process");

    private final String title;

    Group(String title) {
      this.title = title;
    }

    public String title() {
      return title;
    }
  }

  /** {@code KV_MAX_BULK_SIZE} for {@code max-bulk-size}. */
  public String environmentName() {
    return "KV_" + name.toUpperCase(Locale.ROOT).replace('-', '_');
  }

  public boolean isSwitch() {
    return type == OptionType.SWITCH;
  }

  /** A secret is not taken from the command line, where every user of the machine can read it. */
  public boolean isSecret() {
    return type == OptionType.SECRET;
  }
}
