package kvstore.server.router;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import kvstore.engine.command.Command;
import kvstore.engine.command.Outcome;
import kvstore.engine.command.SlotRange;
import kvstore.protocol.Reply;
import org.jspecify.annotations.Nullable;

/**
 * Commands over all keys: SCAN goes from shard to shard by its cursor, RANDOMKEY asks one after the
 * other, the rest ask every shard at once. An answer of all shards counts only if the shards that
 * gave it held every slot: a split that came in between makes it be asked again.
 */
final class Walker {

  private static final int SLOT_SHIFT = 48;
  private static final long RETRY_MILLIS = 10;

  private final Router router;
  private final Routes routes;
  private final ScheduledExecutorService timer;
  private final LongSupplier nanoTime;

  /** With which shard RANDOMKEY begins. */
  private final AtomicInteger turn = new AtomicInteger();

  Walker(Router router, Routes routes, ScheduledExecutorService timer, LongSupplier nanoTime) {
    this.router = router;
    this.routes = routes;
    this.timer = timer;
    this.nanoTime = nanoTime;
  }

  void submit(RoutedCommand command, ReplyHandler handler, Router.Deadlines deadlines) {
    List<ShardRoute> all = routes.all();
    if (all.isEmpty()) {
      later(command, handler, deadlines);
      return;
    }
    switch (command.spec().name()) {
      case "scan" -> scan(command, handler, deadlines);
      case "randomkey" -> {
        List<ShardRoute> order = new ArrayList<>(all);
        Collections.rotate(order, turn.getAndIncrement());
        randomKey(command, order, handler, deadlines);
      }
      default -> askAll(command, all, handler, deadlines);
    }
  }

  private void later(RoutedCommand command, ReplyHandler handler, Router.Deadlines deadlines) {
    if (nanoTime.getAsLong() - deadlines.leader() > 0) {
      handler.failed(command.spec().writes() ? Unavailable.NOT_APPLIED : Unavailable.NO_MAJORITY);
    } else {
      timer.schedule(
          () -> submit(command, handler, deadlines), RETRY_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  /** Of a cursor that makes no sense, the first: any shard can say so. */
  private static int slotOf(byte[] cursor) {
    try {
      long slot =
          Long.parseUnsignedLong(new String(cursor, StandardCharsets.ISO_8859_1)) >>> SLOT_SHIFT;
      return slot < ShardMap.SLOTS ? (int) slot : 0;
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private void scan(RoutedCommand command, ReplyHandler handler, Router.Deadlines deadlines) {
    int slot = slotOf(command.arguments()[1]);
    ShardRoute route = routes.of(slot);
    if (route == null) {
      later(command, handler, deadlines);
      return;
    }
    route.submit(
        new Part(command, route, deadlines) {
          @Override
          void answered(Reply reply, SlotRange answering) {
            handler.reply(reply);
          }

          @Override
          void ended(Unavailable reason) {
            handler.failed(reason);
          }

          @Override
          boolean belongsTo(ShardRoute other) {
            return routes.of(slot) == other;
          }

          @Override
          void routeAnew() {
            submit(command, handler, deadlines.at(sequence()));
          }
        });
  }

  private void randomKey(
      RoutedCommand command,
      List<ShardRoute> left,
      ReplyHandler handler,
      Router.Deadlines deadlines) {
    ShardRoute route = left.get(0);
    route.submit(
        new Part(command, route, deadlines) {
          @Override
          void answered(Reply reply, SlotRange answering) {
            boolean none = reply == Reply.NIL || reply instanceof Reply.Nil;
            if (none && left.size() > 1) {
              randomKey(command, left.subList(1, left.size()), handler, deadlines);
            } else {
              handler.reply(reply);
            }
          }

          @Override
          void ended(Unavailable reason) {
            handler.failed(reason);
          }

          @Override
          void routeAnew() {
            submit(command, handler, deadlines.at(sequence()));
          }
        });
  }

  private void askAll(
      RoutedCommand command,
      List<ShardRoute> all,
      ReplyHandler handler,
      Router.Deadlines deadlines) {
    Reply[] replies = new Reply[all.size()];
    SlotRange[] held = new SlotRange[all.size()];
    Gathering gathering =
        new Gathering(
            all.size(),
            worst -> {
              if (worst != null) {
                boolean some = Arrays.stream(replies).anyMatch(reply -> reply != null);
                handler.failed(
                    some && command.spec().writes() ? Unavailable.OUTCOME_UNKNOWN : worst);
              } else if (!coverAll(held)) {
                later(command, handler, deadlines);
              } else {
                handler.reply(merge(command.spec().writes(), replies));
              }
            });
    for (int i = 0; i < all.size(); i++) {
      int place = i;
      ShardRoute route = all.get(i);
      route.submit(
          new Part(command, route, deadlines) {
            @Override
            void answered(Reply reply, SlotRange answering) {
              replies[place] = reply;
              held[place] = answering;
              gathering.arrived();
            }

            @Override
            void ended(Unavailable reason) {
              gathering.failed(reason);
            }

            @Override
            void routeAnew() {
              gathering.failed(Unavailable.NOT_APPLIED);
            }
          });
    }
  }

  /** Whether the slots, in the order of the shards, leave no gap, and none is held twice. */
  private static boolean coverAll(@Nullable SlotRange[] held) {
    int next = 0;
    for (SlotRange range : held) {
      if (range == null || range.first() != next) {
        return false;
      }
      next = range.last() + 1;
    }
    return next == ShardMap.SLOTS;
  }

  private static Reply merge(boolean writes, @Nullable Reply[] replies) {
    Reply failure = Outcomes.failureOf(writes, replies);
    if (failure != null) {
      return failure;
    }
    long sum = 0;
    List<Reply> items = new ArrayList<>();
    Reply last = Reply.OK;
    for (Reply reply : replies) {
      if (reply instanceof Reply.Int number) {
        sum += number.value();
        last = reply;
      } else if (reply instanceof Reply.Array array) {
        items.addAll(array.items());
        last = reply;
      }
    }
    if (last instanceof Reply.Int) {
      return new Reply.Int(sum);
    }
    return last instanceof Reply.Array ? new Reply.Array(items) : Reply.OK;
  }

  /** The part of one shard. */
  private abstract class Part extends Routed {

    private final ShardRoute shard;

    Part(RoutedCommand command, ShardRoute shard, Router.Deadlines deadlines) {
      super(
          toCommand(command),
          command.mode(),
          command.ordered(),
          deadlines.request(),
          deadlines.leader());
      this.shard = shard;
      setSequence(deadlines.sequence());
    }

    abstract void answered(Reply reply, SlotRange answering);

    @Override
    final void done(Outcome outcome, SlotRange answering) {
      answered(Outcomes.toReply(outcome), answering);
    }

    @Override
    final void forwarded(Reply reply, SlotRange answering) {
      answered(reply, answering);
    }

    /** A shard stays what it is, however many slots it has left. */
    @Override
    boolean belongsTo(ShardRoute route) {
      return route == shard;
    }
  }

  private Command toCommand(RoutedCommand command) {
    return router.toCommand(command.spec(), command.arguments());
  }
}
