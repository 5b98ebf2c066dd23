package kvstore.replication;

import java.util.regex.Pattern;

/**
 * The name of a node, unique in its cluster and kept for its whole life: 1 to 64 letters, digits,
 * dots, underscores and hyphens.
 */
public record NodeId(String value) implements Comparable<NodeId> {

  private static final Pattern VALID = Pattern.compile("[A-Za-z0-9._-]{1,64}");

  public NodeId {
    if (!VALID.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "expected a node id of 1 to 64 letters, digits, '.', '_' or '-', but got '"
              + value
              + "'");
    }
  }

  @Override
  public int compareTo(NodeId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
