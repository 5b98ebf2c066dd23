package kvstore.tools.verify.history;

import java.util.List;

/**
 * All operations on one object: a key, or a few that transactions change together. Objects share
 * nothing, so a whole history is linearizable if that of each object is (Herlihy and Wing, 1990).
 *
 * @param keys names of the object's keys
 */
public record ObjectHistory(List<String> keys, List<Operation> operations) {

  public ObjectHistory {
    keys = List.copyOf(keys);
    operations = List.copyOf(operations);
  }
}
