package kvstore.server;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import kvstore.server.config.LogFormat;
import kvstore.server.config.LogLevel;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;

/**
 * The log: lines on standard error, so that standard output stays free. Set up by code rather than
 * by a file of XML, since the start shall be fast. Logback finds this class by itself.
 */
public final class Logging extends ContextAwareBase implements Configurator {

  private static final String PATTERN =
      "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level [%thread] %logger{0}: %msg%n";

  /** Talks much at its level INFO about what concerns only itself. */
  private static final String RAFT_LIBRARY = "com.alipay.sofa.jraft";

  /** Warns at each first start that there is no snapshot yet. */
  private static final String SNAPSHOT_FOLDER =
      RAFT_LIBRARY + ".storage.snapshot.local.LocalSnapshotStorage";

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    apply(context, Level.INFO, LogFormat.TEXT);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  static void configure(LogLevel level, LogFormat format) {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      apply(context, Level.toLevel(level.name()), format);
    }
  }

  /** Writes out what is not written yet. */
  static void stop() {
    ILoggerFactory factory = LoggerFactory.getILoggerFactory();
    if (factory instanceof LoggerContext context) {
      context.stop();
    }
  }

  private static void apply(LoggerContext context, Level level, LogFormat format) {
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.detachAndStopAllAppenders();
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setContext(context);
    appender.setTarget("System.err");
    appender.setEncoder(encoder(context, format));
    appender.start();
    root.addAppender(appender);
    root.setLevel(level);
    boolean verbose = !level.isGreaterOrEqual(Level.INFO);
    context.getLogger(RAFT_LIBRARY).setLevel(verbose ? level : Level.WARN);
    context.getLogger(SNAPSHOT_FOLDER).setLevel(verbose ? level : Level.ERROR);
    context.getLogger("io.netty").setLevel(Level.INFO);
  }

  private static Encoder<ILoggingEvent> encoder(LoggerContext context, LogFormat format) {
    if (format == LogFormat.JSON) {
      JsonEncoder json = new JsonEncoder();
      json.setContext(context);
      json.setWithContext(false);
      json.setWithSequenceNumber(false);
      json.setWithArguments(false);
      json.setWithMessage(false);
      json.setWithFormattedMessage(true);
      json.start();
      return json;
    }
    PatternLayoutEncoder text = new PatternLayoutEncoder();
    text.setContext(context);
    text.setPattern(PATTERN);
    text.start();
    return text;
  }
}
