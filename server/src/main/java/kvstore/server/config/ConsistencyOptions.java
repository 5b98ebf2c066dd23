package kvstore.server.config;

import java.time.Duration;

/** How reads are made linearizable, and how long things may take. */
public record ConsistencyOptions(
    ReadPolicy reads,
    Duration electionTimeout,
    Duration leaseMargin,
    Duration requestDeadline,
    Duration queueWait) {

  static ConsistencyOptions from(OptionValues values) {
    ConsistencyOptions options =
        new ConsistencyOptions(
            values.get(OptionTable.READS),
            values.get(OptionTable.ELECTION_TIMEOUT),
            values.get(OptionTable.LEASE_MARGIN),
            values.get(OptionTable.REQUEST_DEADLINE),
            values.get(OptionTable.MAX_QUEUE_WAIT));
    if (options.leaseMargin.compareTo(options.electionTimeout) >= 0) {
      throw new ConfigException(
          "option lease-margin: expected less than election-timeout ("
              + Durations.format(options.electionTimeout)
              + "), but got '"
              + Durations.format(options.leaseMargin)
              + "'");
    }
    return options;
  }
}
