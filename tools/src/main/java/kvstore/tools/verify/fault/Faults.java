package kvstore.tools.verify.fault;

import java.io.IOException;

/** Makes faults happen. For one thread. */
public final class Faults {

  private final ProcessFaults processes;
  private final NetworkFaults network;
  private final DiskFaults disk;

  public Faults(Stage stage) {
    this.processes = new ProcessFaults(stage);
    this.network = new NetworkFaults(stage);
    this.disk = new DiskFaults(stage);
  }

  /** Begins a fault on nodes that the stage's dice choose. */
  public Injection begin(FaultKind kind) throws IOException, InterruptedException {
    return switch (kind) {
      case KILL -> processes.kill();
      case KILL_MAJORITY -> processes.killMajority();
      case KILL_ALL -> processes.killAll();
      case PAUSE_SHORT, PAUSE -> processes.pause();
      case ISOLATE -> network.isolate();
      case ONE_WAY -> network.oneWay();
      case HALVES -> network.halves();
      case BRIDGE -> network.bridge();
      case DELAY -> network.delay();
      case RESET -> network.reset();
      case THROTTLE -> network.throttle();
      case TORN_LOG -> disk.tornLog();
      case FLIP_LOG -> disk.flipLog();
      case FLIP_SST -> disk.flipData();
      case WIPE -> disk.wipe();
    };
  }
}
