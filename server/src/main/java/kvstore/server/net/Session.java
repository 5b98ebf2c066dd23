package kvstore.server.net;

import java.util.ArrayList;
import java.util.List;
import kvstore.server.router.ReadMode;
import kvstore.server.router.Watch;
import org.jspecify.annotations.Nullable;

/**
 * What a connection has agreed with its client. Changed on the connection's event loop only; CLIENT
 * LIST reads it from others, possibly a moment old.
 */
final class Session {

  /** Which commands are answered (CLIENT REPLY). */
  enum Replies {
    ON,
    OFF,
    SKIP_NEXT
  }

  private final Connection connection;
  private final Door door;
  private final boolean needsPassword;
  private boolean authenticated;
  private boolean resp3;
  private ReadMode readMode;
  private final ReadMode usualReadMode;
  private Replies replies = Replies.ON;
  private String name = "";
  private String libraryName = "";
  private String libraryVersion = "";
  private boolean noEvict;
  private boolean noTouch;
  private @Nullable Transaction transaction;
  private final List<Watch> watched = new ArrayList<>();

  Session(Connection connection, Door door, boolean needsPassword, ReadMode usualReadMode) {
    this.connection = connection;
    this.door = door;
    this.needsPassword = needsPassword;
    this.authenticated = !needsPassword;
    this.usualReadMode = usualReadMode;
    this.readMode = usualReadMode;
  }

  Connection connection() {
    return connection;
  }

  /** By which port the client came. */
  Door door() {
    return door;
  }

  /** Back to a new connection's state (RESET). */
  void reset() {
    authenticated = !needsPassword;
    resp3 = false;
    readMode = usualReadMode;
    replies = Replies.ON;
    name = "";
    noEvict = false;
    noTouch = false;
    transaction = null;
    watched.clear();
  }

  boolean isAuthenticated() {
    return authenticated;
  }

  void authenticate() {
    authenticated = true;
    connection.trust();
  }

  boolean isResp3() {
    return resp3;
  }

  void speak(boolean version3) {
    resp3 = version3;
  }

  ReadMode readMode() {
    return readMode;
  }

  /** READONLY and READWRITE. */
  void allowStaleReads(boolean stale) {
    readMode = stale ? ReadMode.STALE : usualReadMode;
  }

  /** Whether the command that comes now is to be left without an answer. */
  boolean takesSilence() {
    boolean silent = replies != Replies.ON;
    if (replies == Replies.SKIP_NEXT) {
      replies = Replies.ON;
    }
    return silent;
  }

  void replies(Replies mode) {
    replies = mode;
  }

  String name() {
    return name;
  }

  void name(String value) {
    name = value;
  }

  String libraryName() {
    return libraryName;
  }

  void libraryName(String value) {
    libraryName = value;
  }

  String libraryVersion() {
    return libraryVersion;
  }

  void libraryVersion(String value) {
    libraryVersion = value;
  }

  boolean isNoEvict() {
    return noEvict;
  }

  void noEvict(boolean value) {
    noEvict = value;
  }

  boolean isNoTouch() {
    return noTouch;
  }

  void noTouch(boolean value) {
    noTouch = value;
  }

  /** The transaction between MULTI and EXEC, or null outside. */
  @Nullable Transaction transaction() {
    return transaction;
  }

  void begin() {
    transaction = new Transaction();
  }

  /** Ends the transaction, and what was watched for it. */
  void end() {
    transaction = null;
    watched.clear();
  }

  List<Watch> watched() {
    return watched;
  }
}
