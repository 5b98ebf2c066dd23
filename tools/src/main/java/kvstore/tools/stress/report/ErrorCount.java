package kvstore.tools.stress.report;

/**
 * Errors of one kind.
 *
 * @param example the first that was seen
 */
public record ErrorCount(String kind, long count, String example) {}
