package kvstore.server.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Splits {@code --name value}, {@code --name=value} and {@code --switch}. */
final class CommandLine {

  private static final String PLACE = "on the command line";

  private CommandLine() {}

  /** Names and texts in the order given; the values are not checked yet. */
  static Map<String, String> parse(List<String> arguments) {
    Map<String, String> flags = new LinkedHashMap<>();
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      if (!argument.startsWith("--") || argument.length() == 2) {
        throw new ConfigException(
            "unexpected argument '" + argument + "': expected options of the form --name value");
      }
      int equals = argument.indexOf('=');
      String name = equals < 0 ? argument.substring(2) : argument.substring(2, equals);
      boolean takesNoValue = isSwitch(name);
      String text;
      if (equals >= 0) {
        text = argument.substring(equals + 1);
      } else if (takesNoValue) {
        text = "true";
      } else if (++i < arguments.size()) {
        text = arguments.get(i);
      } else {
        throw new ConfigException("option " + name + " " + PLACE + ": expected a value after it");
      }
      if (flags.put(name, text) != null) {
        throw new ConfigException("option " + name + " " + PLACE + ": expected it once only");
      }
    }
    return flags;
  }

  private static boolean isSwitch(String name) {
    if (name.equals(OptionValues.CONFIG)) {
      return false;
    }
    Option<?> option = OptionValues.requireKnown(name, PLACE);
    if (option.isSecret()) {
      throw new ConfigException(
          "option "
              + name
              + " "
              + PLACE
              + ": expected it in "
              + option.environmentName()
              + ", in the configuration file or in the file that "
              + name
              + "-file names, since other users can read command lines");
    }
    return option.isSwitch();
  }
}
