package kvstore.testkit.simulation;

import java.util.ArrayList;
import java.util.List;
import kvstore.tools.verify.history.Operation.Outcome;
import kvstore.tools.verify.history.Step;

/**
 * A key that one client sets, each time with another value and a time to live, and all read. It may
 * go neither before its time nor long after it. What was seen to have gone must not be seen again,
 * save within the time by which clocks differ: what a leader reads by its own clock is in no entry,
 * and the next leader may be behind (docs/simulation.md).
 */
final class FleetingKey {

  private static final class Setting {
    final String value;
    final long invoked;
    final long lifeNanos;
    long returned = Long.MAX_VALUE;
    boolean certain;
    boolean refused;

    Setting(String value, long invoked, long lifeNanos) {
      this.value = value;
      this.invoked = invoked;
      this.lifeNanos = lifeNanos;
    }
  }

  /** A read behind an entry is made by the entry's time, which may be as long ago. */
  private static final long UNDER_WAY = 3 * Rates.SECOND;

  private record Gone(int setting, long returned) {}

  final String name;
  private final World world;

  /** How far the clocks by which it was set and goes may be from true. */
  private final long error;

  private final List<Setting> settings = new ArrayList<>();
  private final List<Gone> seenGone = new ArrayList<>();
  private boolean worn;

  FleetingKey(String name, World world, long errorNanos) {
    this.name = name;
    this.world = world;
    this.error = errorNanos;
  }

  /** Whether nobody knows what its writer has done to it, or it was used much. */
  boolean isWorn() {
    return worn || settings.size() >= 20;
  }

  /** The writer is about to set it; its number is what {@link #set} is told. */
  int setting(String value, long lifeNanos) {
    settings.add(new Setting(value, world.now(), lifeNanos));
    return settings.size() - 1;
  }

  void set(int number, Outcome outcome) {
    Setting setting = settings.get(number);
    setting.returned = world.now();
    setting.certain = outcome == Outcome.OK;
    setting.refused = outcome == Outcome.FAILED;
    worn |= outcome == Outcome.UNKNOWN;
  }

  /** A client has read it. */
  void read(long invoked, String text) {
    if (text.equals(Step.NIL)) {
      readNothing(invoked);
    } else {
      readValue(invoked, text);
    }
  }

  private void readNothing(long invoked) {
    int last = lastSetBefore(invoked);
    if (last < 0) {
      return;
    }
    seenGone.add(new Gone(last, world.now()));
    boolean alone = last == settings.size() - 1;
    Setting setting = settings.get(last);
    if (alone && world.now() < setting.invoked + setting.lifeNanos - error) {
      world.violated(
          name
              + " = "
              + setting.value
              + " has gone "
              + (setting.invoked + setting.lifeNanos - world.now()) / Rates.MILLI
              + " ms before its time");
    }
  }

  private void readValue(long invoked, String text) {
    int number = numberOf(text);
    if (settings.get(number).refused) {
      world.violated(name + " = " + text + " is read, which was certainly not applied");
    }
    for (Gone gone : seenGone) {
      if (gone.setting() >= number
          && gone.returned() < invoked
          && (gone.setting() > number || isLate(settings.get(number), invoked))) {
        world.violated(
            name
                + " = "
                + text
                + " is read at "
                + invoked / Rates.MILLI
                + " ms, after it was seen to have gone at "
                + gone.returned() / Rates.MILLI
                + " ms");
        return;
      }
    }
    Setting setting = settings.get(number);
    if (setting.certain && isLate(setting, invoked)) {
      world.violated(
          name
              + " = "
              + text
              + " is read "
              + (invoked - setting.returned - setting.lifeNanos) / Rates.MILLI
              + " ms after its time");
    }
  }

  /** By more than what clocks that differ, and entries long under way, explain. */
  private boolean isLate(Setting setting, long invoked) {
    return invoked > setting.returned + setting.lifeNanos + error + UNDER_WAY;
  }

  private int lastSetBefore(long time) {
    for (int i = settings.size() - 1; i >= 0; i--) {
      if (settings.get(i).certain && settings.get(i).returned < time) {
        return i;
      }
    }
    return -1;
  }

  private int numberOf(String text) {
    for (int i = 0; i < settings.size(); i++) {
      if (settings.get(i).value.equals(text)) {
        return i;
      }
    }
    throw new IllegalStateException("nobody set " + name + " to " + text);
  }
}
