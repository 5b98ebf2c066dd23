package kvstore.server;

import java.util.List;
import kvstore.protocol.Request;
import kvstore.server.router.DataPath;
import kvstore.server.router.ReplyHandler;
import kvstore.server.router.RoutedCommand;
import kvstore.server.router.Unavailable;
import kvstore.server.router.Watch;
import kvstore.server.router.WatchHandler;

/** A data path without a majority. */
final class NoData implements DataPath {

  @Override
  public void submit(RoutedCommand command, ReplyHandler handler) {
    handler.failed(Unavailable.NO_MAJORITY);
  }

  @Override
  public void submitTransaction(
      List<Watch> watched, List<Request> commands, boolean ordered, ReplyHandler handler) {
    handler.failed(Unavailable.NO_MAJORITY);
  }

  @Override
  public void countKeys(int slot, boolean ordered, ReplyHandler handler) {
    handler.failed(Unavailable.NO_MAJORITY);
  }

  @Override
  public void listKeys(int slot, long most, boolean ordered, ReplyHandler handler) {
    handler.failed(Unavailable.NO_MAJORITY);
  }

  @Override
  public void watch(List<byte[]> keys, boolean ordered, WatchHandler handler) {
    handler.failed(Unavailable.NO_MAJORITY);
  }
}
