package kvstore.engine.command;

import java.util.HashMap;
import java.util.Map;
import kvstore.engine.storage.StorageException;
import org.jspecify.annotations.Nullable;

/**
 * Every operation on keys. The ids are part of the log: append only, never reuse.
 *
 * <p>The arity counts the name, as in Redis; a negative one means at least so many.
 */
public enum Operation {
  PUT(1, "put", 3, write(StringCommands::put)),
  GET(2, "get", 2, read(StringCommands::get)),
  REMOVE(3, "remove", 2, write(KeyCommands::remove)),
  SET(4, "set", -3, write(SetCommand::set)),
  SETNX(5, "setnx", 3, write(StringCommands::setNx)),
  SETEX(6, "setex", 4, write(StringCommands::setEx)),
  PSETEX(7, "psetex", 4, write(StringCommands::pSetEx)),
  GETSET(8, "getset", 3, write(StringCommands::getSet)),
  GETDEL(9, "getdel", 2, write(StringCommands::getDel)),
  GETEX(10, "getex", -2, write(SetCommand::getEx)),
  MGET(11, "mget", -2, readSeveral(StringCommands::mGet).on(KeyPlaces.ALL)),
  MSET(12, "mset", -3, write(StringCommands::mSet).on(KeyPlaces.EVERY_OTHER)),
  MSETNX(13, "msetnx", -3, write(StringCommands::mSetNx).on(KeyPlaces.EVERY_OTHER)),
  APPEND(14, "append", 3, write(StringCommands::append)),
  STRLEN(15, "strlen", 2, read(StringCommands::strLen)),
  GETRANGE(16, "getrange", 4, read(StringCommands::getRange)),
  SUBSTR(17, "substr", 4, read(StringCommands::getRange)),
  SETRANGE(18, "setrange", 4, write(StringCommands::setRange)),
  CAS(19, "cas", 4, write(StringCommands::compareAndSet)),
  CAD(20, "cad", 3, write(StringCommands::compareAndDelete)),
  DEL(21, "del", -2, write(KeyCommands::del).on(KeyPlaces.ALL)),
  UNLINK(22, "unlink", -2, write(KeyCommands::del).on(KeyPlaces.ALL)),
  EXISTS(23, "exists", -2, readSeveral(KeyCommands::exists).on(KeyPlaces.ALL)),
  TOUCH(24, "touch", -2, readSeveral(KeyCommands::exists).on(KeyPlaces.ALL)),
  TYPE(25, "type", 2, read(KeyCommands::type)),
  RENAME(26, "rename", 3, write(KeyCommands::rename).on(KeyPlaces.FIRST_TWO)),
  RENAMENX(27, "renamenx", 3, write(KeyCommands::renameNx).on(KeyPlaces.FIRST_TWO)),
  COPY(28, "copy", -3, write(KeyCommands::copy).on(KeyPlaces.FIRST_TWO)),
  DBSIZE(29, "dbsize", 1, readSeveral(KeyCommands::dbSize).on(KeyPlaces.NONE)),
  FLUSHDB(30, "flushdb", -1, write(KeyCommands::flush).on(KeyPlaces.NONE)),
  FLUSHALL(31, "flushall", -1, write(KeyCommands::flush).on(KeyPlaces.NONE)),
  /** Several commands as one; see {@link Transaction}. Made by the server, never by a client. */
  EXEC(32, "exec", -2, write(Transaction::execute).on(KeyPlaces.TRANSACTION)),
  /** Versions of keys for WATCH, 0 where there is none. Internal. */
  WATCH_VERSIONS(33, "watch-versions", -2, readSeveral(KeyCommands::versions).on(KeyPlaces.ALL)),
  /** Frees keys past their time. Internal. */
  EXPIRE_SWEEP(34, "expire-sweep", -2, write(KeyCommands::sweep).on(KeyPlaces.NONE)),
  INCR(35, "incr", 2, write(CounterCommands::incr)),
  DECR(36, "decr", 2, write(CounterCommands::decr)),
  INCRBY(37, "incrby", 3, write(CounterCommands::incrBy)),
  DECRBY(38, "decrby", 3, write(CounterCommands::decrBy)),
  INCRBYFLOAT(39, "incrbyfloat", 3, write(CounterCommands::incrByFloat)),
  EXPIRE(40, "expire", -3, write(ExpiryCommands::expire)),
  PEXPIRE(41, "pexpire", -3, write(ExpiryCommands::pExpire)),
  EXPIREAT(42, "expireat", -3, write(ExpiryCommands::expireAt)),
  PEXPIREAT(43, "pexpireat", -3, write(ExpiryCommands::pExpireAt)),
  TTL(44, "ttl", 2, read(ExpiryCommands::ttl)),
  PTTL(45, "pttl", 2, read(ExpiryCommands::pTtl)),
  EXPIRETIME(46, "expiretime", 2, read(ExpiryCommands::expireTime)),
  PEXPIRETIME(47, "pexpiretime", 2, read(ExpiryCommands::pExpireTime)),
  PERSIST(48, "persist", 2, write(ExpiryCommands::persist)),
  SETBIT(49, "setbit", 4, write(BitCommands::setBit)),
  GETBIT(50, "getbit", 3, read(BitCommands::getBit)),
  BITCOUNT(51, "bitcount", -2, read(BitCommands::bitCount)),
  BITPOS(52, "bitpos", -3, read(BitCommands::bitPos)),
  BITOP(53, "bitop", -4, write(BitCommands::bitOp).on(KeyPlaces.ALL_BUT_FIRST)),
  BITFIELD(54, "bitfield", -2, write(BitFieldCommands::bitField)),
  BITFIELD_RO(55, "bitfield_ro", -2, read(BitFieldCommands::bitFieldReadOnly)),
  LCS(56, "lcs", -3, readLong(LcsCommand::lcs).on(KeyPlaces.FIRST_TWO)),
  KEYS(57, "keys", 2, readLong(ScanCommands::keys).on(KeyPlaces.NONE)),
  SCAN(58, "scan", -2, readLong(ScanCommands::scan).on(KeyPlaces.CURSOR)),
  RANDOMKEY(59, "randomkey", 1, readLong(ScanCommands::randomKey).on(KeyPlaces.NONE)),
  OBJECT(60, "object", -2, read(ObjectCommand::object).on(KeyPlaces.SECOND)),
  /** {@code slot}. Internal. */
  COUNT_KEYS_IN_SLOT(
      61, "count-keys-in-slot", 2, readLong(SlotCommands::countKeys).on(KeyPlaces.SLOT)),
  /** {@code slot count}. Internal. */
  KEYS_IN_SLOT(62, "keys-in-slot", 3, readLong(SlotCommands::keys).on(KeyPlaces.SLOT)),
  /** Makes the number of keys exact again after a split. Internal. */
  RECOUNT(63, "recount", 4, write(SlotCommands::recount).on(KeyPlaces.NONE)),
  /** Frees entries of the expiry index that a split left behind. Internal. */
  FORGET_TIMES(64, "forget-times", -2, write(SlotCommands::forget).on(KeyPlaces.NONE));

  /** A command that reads. */
  @FunctionalInterface
  interface Read {
    Outcome run(KeyView keys, byte[][] arguments) throws StorageException;
  }

  /** A command that writes; it validates everything before its first change. */
  @FunctionalInterface
  interface Write {
    Outcome run(KeyEditor keys, byte[][] arguments) throws StorageException;
  }

  private record Body(@Nullable Read read, @Nullable Write write, Cost cost, KeyPlaces keys) {
    Body on(KeyPlaces others) {
      return new Body(read, write, cost, others);
    }
  }

  /** What a read takes. */
  private enum Cost {
    ONE_KEY,
    SEVERAL_KEYS,
    LONG
  }

  private static Body read(Read read) {
    return new Body(read, null, Cost.ONE_KEY, KeyPlaces.FIRST);
  }

  private static Body readSeveral(Read read) {
    return new Body(read, null, Cost.SEVERAL_KEYS, KeyPlaces.FIRST);
  }

  private static Body readLong(Read read) {
    return new Body(read, null, Cost.LONG, KeyPlaces.FIRST);
  }

  private static Body write(Write write) {
    return new Body(null, write, Cost.ONE_KEY, KeyPlaces.FIRST);
  }

  private static final @Nullable Operation[] BY_ID;
  private static final Map<String, Operation> BY_NAME = new HashMap<>();

  static {
    int highest = 0;
    for (Operation operation : values()) {
      highest = Math.max(highest, operation.id);
    }
    BY_ID = new @Nullable Operation[highest + 1];
    for (Operation operation : values()) {
      BY_ID[operation.id] = operation;
      BY_NAME.put(operation.name, operation);
    }
  }

  private final int id;
  private final String name;
  private final int arity;
  private final @Nullable Read read;
  private final @Nullable Write write;
  private final Cost cost;
  private final KeyPlaces keys;

  Operation(int id, String name, int arity, Body body) {
    this.id = id;
    this.name = name;
    this.arity = arity;
    this.read = body.read();
    this.write = body.write();
    this.cost = body.cost();
    this.keys = body.keys();
  }

  /**
   * @param name lower case
   */
  public static @Nullable Operation byName(String name) {
    return BY_NAME.get(name);
  }

  public static @Nullable Operation byId(int id) {
    return id >= 0 && id < BY_ID.length ? BY_ID[id] : null;
  }

  /** From 1 to 65,535. */
  public int id() {
    return id;
  }

  /** Lower case. */
  public String commandName() {
    return name;
  }

  /** Number of words including the name; negative: at least so many. */
  public int arity() {
    return arity;
  }

  public boolean writes() {
    return write != null;
  }

  /** Whether it reads more than one key, so that it needs the state of one moment. */
  public boolean readsSeveral() {
    return cost != Cost.ONE_KEY;
  }

  /** Whether it may take long even in memory, so that no event loop should run it. */
  public boolean takesLong() {
    return cost == Cost.LONG;
  }

  KeyPlaces keys() {
    return keys;
  }

  @Nullable Read reading() {
    return read;
  }

  @Nullable Write writing() {
    return write;
  }

  void checkArity(int arguments) {
    int words = arguments + 1;
    if (arity >= 0 ? words != arity : words < -arity) {
      throw Refusal.arity(this);
    }
  }
}
