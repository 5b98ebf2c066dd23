package kvstore.testkit.simulation;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import kvstore.replication.NodeId;
import kvstore.replication.transport.Handler;
import kvstore.replication.transport.Lane;
import kvstore.replication.transport.PeerCalls;
import kvstore.replication.transport.Responder;
import kvstore.replication.transport.ResponseHandler;
import kvstore.replication.transport.ResponseHandler.Failure;
import org.jspecify.annotations.Nullable;

/**
 * The network between the nodes. Messages of the log are single: each may be lost, doubled, late or
 * overtaken. Requests of the server go over connections, one for each lane and direction, as over
 * TCP: in order, all of it until the connection breaks, when nobody knows what has arrived. What
 * was not answered by then has failed, in order, before anything is sent over the next connection,
 * as {@code PeerLink} has it. A cut holds up what is under way; when it ends, that arrives, late,
 * unless the connection broke.
 */
final class SimulatedNetwork {

  private record Way(NodeId from, NodeId to) {}

  private record Line(NodeId from, NodeId to, Lane lane) {}

  private final World world;
  private final Map<NodeId, Port> ports = new TreeMap<>();
  private final Set<Way> cuts = new HashSet<>();
  private final Map<Line, Connection> connections = new LinkedHashMap<>();

  SimulatedNetwork(World world) {
    this.world = world;
  }

  /** The network as a process sees it from its start to its death. */
  Port open(Life life) {
    Port port = new Port(life);
    ports.put(life.node, port);
    return port;
  }

  /** The process has died: its connections break, for the others some time later. */
  void gone(Life life) {
    Port port = ports.get(life.node);
    if (port != null && port.life == life) {
      ports.remove(life.node);
    }
    breakAll(life.node);
  }

  void cut(NodeId from, NodeId to) {
    cuts.add(new Way(from, to));
  }

  void heal() {
    cuts.clear();
    connections.values().forEach(Connection::pump);
  }

  boolean isCut(NodeId from, NodeId to) {
    return cuts.contains(new Way(from, to));
  }

  /** Breaks every connection from and to a node. */
  void breakAll(NodeId node) {
    List<Connection> broken = new ArrayList<>();
    connections.forEach((line, connection) -> {
      if (line.from().equals(node) || line.to().equals(node)) {
        broken.add(connection);
      }
    });
    broken.forEach(Connection::fail);
  }

  /** Sends a message that may get lost, or be overtaken. */
  void scatter(NodeId from, NodeId to, Runnable arrival) {
    Rates rates = world.rates;
    if (world.chance(rates.lost)) {
      return;
    }
    int copies = world.chance(rates.duplicated) ? 2 : 1;
    for (int i = 0; i < copies; i++) {
      long takes = world.between(20 * Rates.MICRO, rates.delay);
      if (world.chance(rates.late)) {
        takes += world.between(0, 1_000) * Rates.MILLI;
      }
      world.after(
          takes,
          () -> {
            Port port = ports.get(to);
            if (port != null && !isCut(from, to)) {
              world.after(0, port.life, arrival);
            }
          });
    }
  }

  /** A request and its answer under way. */
  private static final class Call {
    final int method;
    final byte[] body;
    final ResponseHandler handler;
    boolean sent;
    boolean ended;

    Call(int method, byte[] body, ResponseHandler handler) {
      this.method = method;
      this.body = body;
      this.handler = handler;
    }
  }

  private record Frame(long at, Runnable arrival) {}

  /** A lane from one process to another. Broken once, it is replaced by a new one. */
  private final class Connection {
    final Line line;
    final Port from;
    final Deque<Frame> there = new ArrayDeque<>();
    final Deque<Frame> back = new ArrayDeque<>();
    final List<Call> calls = new ArrayList<>();
    @Nullable Port to;
    boolean broken;
    private boolean pumping;

    Connection(Line line, Port from) {
      this.line = line;
      this.from = from;
      world.after(world.between(50 * Rates.MICRO, 4 * world.rates.delay), this::connect);
    }

    private void connect() {
      Port found = ports.get(line.to());
      if (broken) {
        return;
      }
      if (found == null || isCut(line.from(), line.to()) || isCut(line.to(), line.from())) {
        world.after(world.between(0, 40 * Rates.MILLI), this::fail);
        return;
      }
      world.after(
          0,
          from.life,
          () -> {
            if (!broken) {
              to = found;
              List.copyOf(calls).forEach(this::send);
            }
          });
    }

    void submit(Call call) {
      calls.add(call);
      if (to != null) {
        world.after(0, from.life, () -> send(call));
      }
    }

    /** On the connection's own thread, which may come to it after the connection is broken. */
    private void send(Call call) {
      if (call.ended) {
        return;
      }
      if (!call.handler.mayLeave()) {
        end(call, () -> call.handler.failed(Failure.NOT_SENT, "called back"));
        return;
      }
      call.sent = true;
      if (!broken) {
        put(there, () -> arrive(call));
      }
    }

    private void put(Deque<Frame> way, Runnable arrival) {
      long takes = world.between(20 * Rates.MICRO, world.rates.delay);
      Frame last = way.peekLast();
      long at = Math.max(world.now() + takes, last == null ? 0 : last.at());
      way.add(new Frame(at, arrival));
      world.after(at - world.now(), this::pump);
    }

    /** Lets arrive what is due, in order, on both ways. */
    void pump() {
      if (pumping || broken) {
        return;
      }
      pumping = true;
      flow(there, line.from(), line.to());
      flow(back, line.to(), line.from());
      pumping = false;
    }

    private void flow(Deque<Frame> way, NodeId sender, NodeId receiver) {
      while (!way.isEmpty() && way.peek().at() <= world.now() && !isCut(sender, receiver)) {
        way.remove().arrival().run();
      }
    }

    private void arrive(Call call) {
      Port server = to;
      if (server == null) {
        throw new IllegalStateException("sent before it was connected");
      }
      world.after(
          0,
          server.life,
          () ->
              server.answer(
                  call,
                  line.from(),
                  new Responder() {
                    private boolean answered;

                    @Override
                    public void respond(ByteBuf body) {
                      byte[] bytes = bytesOf(body);
                      if (!answered && !server.life.isDead()) {
                        answered = true;
                        put(
                            back,
                            () ->
                                end(
                                    call,
                                    () -> call.handler.response(Unpooled.wrappedBuffer(bytes))));
                      }
                    }

                    @Override
                    public void refuse(String message) {
                      if (!answered && !server.life.isDead()) {
                        answered = true;
                        put(
                            back,
                            () -> end(call, () -> call.handler.failed(Failure.REFUSED, message)));
                      }
                    }
                  }));
    }

    void end(Call call, Runnable how) {
      world.after(
          0,
          from.life,
          () -> {
            if (!call.ended) {
              call.ended = true;
              calls.remove(call);
              how.run();
            }
          });
    }

    void timeOut(Call call) {
      if (!call.ended) {
        Failure failure = call.sent ? Failure.LOST : Failure.NOT_SENT;
        end(call, () -> call.handler.failed(failure, "no answer in time"));
      }
    }

    void fail() {
      if (broken) {
        return;
      }
      broken = true;
      there.clear();
      back.clear();
      long noticed = world.between(0, 20 * Rates.MILLI);
      world.after(
          noticed,
          from.life,
          () -> {
            connections.remove(line, this);
            for (Call call : List.copyOf(calls)) {
              timeOut(call);
            }
          });
    }
  }

  private static byte[] bytesOf(ByteBuf body) {
    byte[] bytes = new byte[body.readableBytes()];
    body.readBytes(bytes);
    body.release();
    return bytes;
  }

  /** What a process gets to talk to others. */
  final class Port implements PeerCalls {

    private record Answering(Handler handler, @Nullable Executor executor) {}

    private final Life life;
    private final Map<Integer, Answering> handlers = new HashMap<>();

    private Port(Life life) {
      this.life = life;
    }

    @Override
    public NodeId self() {
      return life.node;
    }

    @Override
    public boolean knows(NodeId peer) {
      return true;
    }

    @Override
    public boolean isConnected(NodeId peer) {
      for (Lane lane : Lane.values()) {
        Connection connection = connections.get(new Line(life.node, peer, lane));
        if (connection != null && connection.to != null) {
          return true;
        }
      }
      return false;
    }

    @Override
    public void handle(int method, Handler handler) {
      handlers.put(method, new Answering(handler, null));
    }

    @Override
    public void handle(int method, Handler handler, Executor executor) {
      handlers.put(method, new Answering(handler, executor));
    }

    @Override
    public void request(
        NodeId to, Lane lane, int method, ByteBuf body, Duration timeout, ResponseHandler handler) {
      Call call = new Call(method, bytesOf(body), handler);
      if (life.isDead()) {
        return;
      }
      Connection connection =
          connections.compute(
              new Line(life.node, to, lane),
              (line, old) -> old == null || old.from != this ? new Connection(line, this) : old);
      connection.submit(call);
      world.after(timeout.toNanos(), () -> connection.timeOut(call));
    }

    private void answer(Call call, NodeId from, Responder responder) {
      Answering answering = handlers.get(call.method);
      if (answering == null) {
        responder.refuse("method " + call.method + " is not known here");
        return;
      }
      Runnable work =
          () -> answering.handler().handle(from, Unpooled.wrappedBuffer(call.body), responder);
      Executor executor = answering.executor();
      if (executor == null) {
        work.run();
      } else {
        executor.execute(work);
      }
    }
  }
}
