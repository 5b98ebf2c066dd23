package kvstore.server.router;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kvstore.protocol.CommandSpec;
import kvstore.protocol.Reply;
import org.jspecify.annotations.Nullable;

/**
 * Splits a command over keys of several shards into one part for each, and puts their answers
 * together. Each part is atomic, the whole is not: a part may have been applied while another
 * failed, and the reply says the worst that may have become of any.
 */
final class Splitter {

  /** The keys of one shard, by their place among all keys of the command. */
  private record Part(RoutedCommand command, List<Integer> places) {}

  private final Router router;

  Splitter(Router router) {
    this.router = router;
  }

  void submit(RoutedCommand command, ReplyHandler handler, Router.Deadlines deadlines) {
    List<Part> parts = split(command);
    Reply[] replies = new Reply[parts.size()];
    boolean writes = command.spec().writes();
    Gathering gathering =
        new Gathering(parts.size(), worst -> end(command, parts, replies, worst, handler));
    for (int i = 0; i < parts.size(); i++) {
      int place = i;
      router.submit(
          parts.get(i).command(),
          new ReplyHandler() {
            @Override
            public void reply(Reply reply) {
              replies[place] = reply;
              gathering.arrived();
            }

            @Override
            public void failed(Unavailable reason) {
              gathering.failed(reason);
            }

            @Override
            public boolean isFollowed() {
              return handler.isFollowed();
            }
          },
          deadlines);
    }
  }

  private static void end(
      RoutedCommand command,
      List<Part> parts,
      @Nullable Reply[] replies,
      @Nullable Unavailable worst,
      ReplyHandler handler) {
    if (worst == null) {
      handler.reply(merge(command, parts, replies));
      return;
    }
    boolean someApplied = false;
    for (Reply reply : replies) {
      someApplied |= reply != null;
    }
    // one part was applied and another was not: "not applied" would be false, and so would "OK"
    handler.failed(command.spec().writes() && someApplied ? Unavailable.OUTCOME_UNKNOWN : worst);
  }

  private List<Part> split(RoutedCommand command) {
    CommandSpec spec = command.spec();
    byte[][] arguments = command.arguments();
    List<byte[]> keys = spec.keys(arguments);
    int step = spec.keys().step();
    Map<ShardRoute, List<Integer>> byRoute = new LinkedHashMap<>();
    for (int i = 0; i < keys.size(); i++) {
      ShardRoute route = router.routeOf(keys.get(i));
      if (route != null) {
        byRoute.computeIfAbsent(route, unused -> new ArrayList<>()).add(i);
      }
    }
    List<Part> parts = new ArrayList<>();
    for (List<Integer> places : byRoute.values()) {
      List<byte[]> words = new ArrayList<>();
      words.add(arguments[0]);
      for (int place : places) {
        int at = spec.keys().first() + place * step;
        for (int i = at; i < at + step && i < arguments.length; i++) {
          words.add(arguments[i]);
        }
      }
      parts.add(
          new Part(
              new RoutedCommand(
                  spec, words.toArray(byte[][]::new), command.mode(), command.ordered()),
              places));
    }
    return parts;
  }

  private static Reply merge(RoutedCommand command, List<Part> parts, @Nullable Reply[] replies) {
    Reply failure = Outcomes.failureOf(command.spec().writes(), replies);
    if (failure != null) {
      return failure;
    }
    return switch (command.spec().splitting()) {
      case SUM -> sum(replies);
      case MGET -> inOrder(parts, replies);
      case MSET, NONE -> Reply.OK;
    };
  }

  private static Reply sum(@Nullable Reply[] replies) {
    long sum = 0;
    for (Reply reply : replies) {
      sum += reply instanceof Reply.Int number ? number.value() : 0;
    }
    return new Reply.Int(sum);
  }

  private static Reply inOrder(List<Part> parts, @Nullable Reply[] replies) {
    int count = parts.stream().mapToInt(part -> part.places().size()).sum();
    Reply[] merged = new Reply[count];
    for (int i = 0; i < parts.size(); i++) {
      List<Integer> places = parts.get(i).places();
      if (!(replies[i] instanceof Reply.Array values) || values.items().size() != places.size()) {
        throw new IllegalStateException("expected a value for each key of a part");
      }
      for (int j = 0; j < places.size(); j++) {
        merged[places.get(j)] = values.items().get(j);
      }
    }
    return new Reply.Array(List.of(merged));
  }
}
