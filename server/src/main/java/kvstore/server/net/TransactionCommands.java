package kvstore.server.net;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import kvstore.protocol.Reply;
import kvstore.protocol.Request;
import kvstore.server.router.DataPath;
import kvstore.server.router.ReplyHandler;
import kvstore.server.router.Unavailable;
import kvstore.server.router.Watch;
import kvstore.server.router.WatchHandler;

/** MULTI EXEC DISCARD WATCH UNWATCH. */
final class TransactionCommands {

  private final Gateway gateway;

  TransactionCommands(Gateway gateway) {
    this.gateway = gateway;
  }

  void addTo(Map<String, SessionCommand> commands) {
    commands.put("multi", TransactionCommands::multi);
    commands.put("discard", TransactionCommands::discard);
    commands.put("unwatch", new SessionCommand.Immediate(TransactionCommands::unwatch));
    commands.put("watch", this::watch);
    commands.put("exec", this::exec);
  }

  private static void multi(Session session, byte[][] arguments, ReplySlot slot) {
    if (session.transaction() != null) {
      slot.reply(Failures.error("MULTI calls can not be nested"));
    } else {
      session.begin();
      slot.reply(Reply.OK);
    }
  }

  private static void discard(Session session, byte[][] arguments, ReplySlot slot) {
    if (session.transaction() == null) {
      slot.reply(Failures.error("DISCARD without MULTI"));
    } else {
      session.end();
      slot.reply(Reply.OK);
    }
  }

  private static Reply unwatch(Session session, byte[][] arguments) {
    session.watched().clear();
    return Reply.OK;
  }

  /** What comes after it is not looked at before the versions are known. */
  private void watch(Session session, byte[][] arguments, ReplySlot slot) {
    if (session.transaction() != null) {
      slot.reply(Failures.error("WATCH inside MULTI is not allowed"));
      return;
    }
    List<byte[]> keys = unwatched(session, arguments);
    if (keys.isEmpty()) {
      slot.reply(Reply.OK);
      return;
    }
    Connection connection = session.connection();
    connection.suspend();
    data()
        .watch(
            keys,
            connection.hasUnansweredBefore(),
            new WatchHandler() {
              @Override
              public void watched(long[] versions) {
                connection.onLoop(() -> {
                  for (int i = 0; i < versions.length; i++) {
                    session.watched().add(new Watch(keys.get(i), versions[i]));
                  }
                  slot.reply(Reply.OK);
                  connection.resume();
                });
              }

              @Override
              public void failed(Unavailable reason) {
                connection.onLoop(() -> {
                  slot.failed(reason);
                  connection.resume();
                });
              }

              @Override
              public boolean isFollowed() {
                return false; // the connection is suspended
              }
            });
  }

  private static List<byte[]> unwatched(Session session, byte[][] arguments) {
    List<byte[]> keys = new ArrayList<>();
    for (int i = 1; i < arguments.length; i++) {
      byte[] key = arguments[i];
      if (session.watched().stream().noneMatch(watch -> Arrays.equals(watch.key(), key))
          && keys.stream().noneMatch(other -> Arrays.equals(other, key))) {
        keys.add(key);
      }
    }
    return keys;
  }

  private void exec(Session session, byte[][] arguments, ReplySlot slot) {
    Transaction transaction = session.transaction();
    if (transaction == null) {
      slot.reply(Failures.error("EXEC without MULTI"));
      return;
    }
    List<Watch> watched = List.copyOf(session.watched());
    session.end();
    if (transaction.isFailed()) {
      slot.reply(Failures.EXEC_ABORT);
      return;
    }
    Reply elsewhere =
        session.door() == Door.CLUSTER ? gateway.redirection().check(session, transaction) : null;
    if (elsewhere != null) {
      slot.reply(elsewhere);
      return;
    }
    List<Request> data = new ArrayList<>();
    for (Transaction.Queued queued : transaction.commands()) {
      if (queued.entry().session() == null) {
        data.add(new Request(queued.arguments()));
      }
    }
    ReplyHandler handler = new Merging(session, transaction, slot);
    boolean ordered = session.connection().hasUnansweredBefore();
    if (!data.isEmpty()) {
      data().submitTransaction(watched, data, ordered, handler);
    } else if (!watched.isEmpty()) {
      compare(watched, ordered, handler);
    } else {
      handler.reply(Reply.EMPTY_ARRAY);
    }
  }

  /** A transaction without data: only whether the watched keys are unchanged matters. */
  private void compare(List<Watch> watched, boolean ordered, ReplyHandler handler) {
    data()
        .watch(
            watched.stream().map(Watch::key).toList(),
            ordered,
            new WatchHandler() {
              @Override
              public void watched(long[] versions) {
                boolean same = true;
                for (int i = 0; i < versions.length; i++) {
                  same &= versions[i] == watched.get(i).version();
                }
                handler.reply(same ? Reply.EMPTY_ARRAY : Reply.NIL_ARRAY);
              }

              @Override
              public void failed(Unavailable reason) {
                handler.failed(reason);
              }
            });
  }

  private DataPath data() {
    return gateway.data();
  }

  /** Puts the answers of the connection layer's own commands between those of the data. */
  private static final class Merging implements ReplyHandler {

    private final Session session;
    private final Transaction transaction;
    private final ReplySlot slot;

    Merging(Session session, Transaction transaction, ReplySlot slot) {
      this.session = session;
      this.transaction = transaction;
      this.slot = slot;
    }

    @Override
    public void reply(Reply reply) {
      boolean dataOnly =
          transaction.commands().stream().allMatch(queued -> queued.entry().session() == null);
      if (dataOnly || !(reply instanceof Reply.Array array)) {
        slot.reply(reply);
      } else {
        session.connection().onLoop(() -> slot.reply(merge(array.items())));
      }
    }

    @Override
    public void failed(Unavailable reason) {
      slot.failed(reason);
    }

    private Reply merge(List<Reply> ofData) {
      List<Reply> all = new ArrayList<>();
      int next = 0;
      for (Transaction.Queued queued : transaction.commands()) {
        if (queued.entry().session() instanceof SessionCommand.Immediate immediate) {
          all.add(immediate.answer(session, queued.arguments()));
        } else {
          all.add(ofData.get(next++));
        }
      }
      return new Reply.Array(all);
    }
  }
}
