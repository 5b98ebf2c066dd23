package kvstore.testkit.fuzz;

import java.util.List;

/** One reader of bytes that come from outside, held to its contract on any input. */
public interface FuzzTarget {

  /** As it is called on the command line. */
  String name();

  /** Good input to begin with. */
  List<byte[]> seeds();

  /**
   * Reads the input. What it says by its documented exception is caught; anything else is a
   * finding, as is whatever does not come out the same when written and read again.
   */
  void read(byte[] input) throws Exception;
}
