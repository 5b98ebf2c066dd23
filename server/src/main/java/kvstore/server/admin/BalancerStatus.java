package kvstore.server.admin;

import java.util.List;

/**
 * What the balancer does, in words for an operator.
 *
 * @param doing the step under way; empty if there is none
 * @param waiting why it cannot go on; empty if nothing holds it up
 * @param last the last steps, newest first
 */
public record BalancerStatus(String doing, String waiting, List<Step> last) {

  public BalancerStatus {
    last = List.copyOf(last);
  }

  /**
   * @param atMs when it began, ms since the epoch
   * @param result how it ended; empty while it is under way
   */
  public record Step(long atMs, String what, String result) {}
}
