package kvstore.replication.raft;

import com.alipay.sofa.jraft.Status;
import kvstore.replication.Proposal.Failure;

/**
 * What the Raft library's refusals mean for an entry. The same code ("not permitted") tells of an
 * entry never appended and of one appended by a leader that then stepped down, so the message
 * decides; whatever is not known here may have been appended.
 */
final class ProposalFailures {

  private ProposalFailures() {}

  static Failure of(Status status) {
    String message = status.getErrorMsg() == null ? "" : status.getErrorMsg();
    return switch (status.getRaftError()) {
      // Node.apply and executeApplyingTasks, before the entry reaches ballot box and log.
      case EPERM ->
          message.equals("Is not leader.") || message.startsWith("expected_term=")
              ? Failure.NOT_LEADER
              : Failure.UNKNOWN;
      case EBUSY ->
          message.equals("Is transferring leadership.")
              ? Failure.NOT_LEADER
              : message.contains("log manager is busy") || message.contains("queue is full")
                  ? Failure.OVERLOADED
                  : Failure.UNKNOWN;
      case ENODESHUTDOWN -> Failure.NOT_LEADER;
      case EINTERNAL ->
          message.equals("Fail to append task.") ? Failure.NOT_LEADER : Failure.UNKNOWN;
      default -> Failure.UNKNOWN;
    };
  }
}
