package kvstore.tools.stress;

import java.util.List;
import kvstore.tools.Endpoint;

/** What all clients of a run share; immutable. */
record Setup(
    Workload workload, List<Endpoint> targets, ValueFormat values, RequestFormat requests) {

  /** Requests that a client has under way while keys are written before and read after the test. */
  static final int SWEEP_WINDOW = 16;

  static Setup of(Workload workload, List<Endpoint> targets) {
    ValueFormat values = new ValueFormat(workload.valueSize(), workload.seed());
    return new Setup(
        workload, List.copyOf(targets), values, new RequestFormat(workload.prefix(), values));
  }

  int widestWindow() {
    return Math.max(workload.pipeline(), SWEEP_WINDOW);
  }
}
