package kvstore.server.config;

import java.time.Duration;

/**
 * The process itself.
 *
 * @param ioThreads event loops for clients, at least 1
 */
public record ProcessOptions(
    int ioThreads,
    ClientIo clientIo,
    LogLevel logLevel,
    LogFormat logFormat,
    boolean debugCommand,
    boolean stopWhenStdinCloses,
    Duration stopTimeout) {

  static ProcessOptions from(OptionValues values) {
    int threads = values.get(OptionTable.IO_THREADS);
    return new ProcessOptions(
        threads == 0 ? Runtime.getRuntime().availableProcessors() : threads,
        values.get(OptionTable.CLIENT_IO),
        values.get(OptionTable.LOG_LEVEL),
        values.get(OptionTable.LOG_FORMAT),
        values.get(OptionTable.ENABLE_DEBUG_COMMAND),
        values.get(OptionTable.STOP_WHEN_STDIN_CLOSES),
        values.get(OptionTable.STOP_TIMEOUT));
  }
}
