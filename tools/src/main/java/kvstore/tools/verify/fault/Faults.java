package kvstore.tools.verify.fault;

import java.io.IOException;

/** Makes faults happen. For one thread. */
public final class Faults {

  private final ProcessFaults processes;
  private final NetworkFaults network;
  private final DiskFaults disk;
  private final NodeFaults nodes;
  private final GrowthFaults growth;

  public Faults(Stage stage) {
    this.processes = new ProcessFaults(stage);
    this.network = new NetworkFaults(stage);
    this.disk = new DiskFaults(stage);
    this.nodes = new NodeFaults(stage);
    this.growth = new GrowthFaults(stage);
  }

  /** Begins a fault on nodes that the stage's dice choose. */
  public Injection begin(FaultKind kind) throws IOException, InterruptedException {
    return switch (kind) {
      case KILL -> processes.kill();
      case KILL_MAJORITY -> processes.killMajority();
      case KILL_ALL -> processes.killAll();
      case PAUSE_SHORT, PAUSE -> processes.pause();
      case ISOLATE -> network.beginning().isolate();
      case ONE_WAY -> network.beginning().oneWay();
      case HALVES -> network.beginning().halves();
      case BRIDGE -> network.beginning().bridge();
      case DELAY -> network.beginning().delay();
      case RESET -> network.beginning().reset();
      case THROTTLE -> network.beginning().throttle();
      case TORN_LOG -> disk.tornLog();
      case FLIP_LOG -> disk.flipLog();
      case FLIP_SST -> disk.flipData();
      case WIPE -> disk.wipe();
      case DISK_FULL -> nodes.diskFull();
      case DISK_FULL_ALL -> nodes.diskFullEverywhere();
      case DISK_ERROR -> nodes.diskErrors();
      case DISK_SLOW -> nodes.diskSlow();
      case CLOCK_JUMP -> nodes.clockJump();
      case CLOCK_RATE -> nodes.clockRate();
      case TIGHT_MEMORY -> nodes.tightMemory();
      case SPLIT -> growth.split();
      case MOVE -> growth.move();
    };
  }
}
