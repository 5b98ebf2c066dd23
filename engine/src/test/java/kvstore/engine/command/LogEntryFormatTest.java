package kvstore.engine.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class LogEntryFormatTest {

  private static Command command(Operation operation, String... arguments) {
    return new Command(
        operation, Arrays.stream(arguments).map(a -> a.getBytes(UTF_8)).toArray(byte[][]::new));
  }

  private static String hex(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  private static ByteBuffer parse(String hex) {
    return ByteBuffer.wrap(HexFormat.of().parseHex(hex));
  }

  private static final String GOLDEN =
      "01" // format
          + "0000018bcfe56800" // leader time
          + "0002" // commands
          + "0004" // set
          + "00000004" // arguments
          + "00000001"
          + "6b"
          + "00000002"
          + "7631"
          + "00000002"
          + "4558"
          + "00000002"
          + "3130"
          + "0015" // del
          + "00000001"
          + "00000000";

  @Test
  void entryIsWrittenAsSpecified() {
    BatchWriter writer = new BatchWriter();
    writer.add(command(Operation.SET, "k", "v1", "EX", "10"));
    writer.add(command(Operation.DEL, ""));
    assertThat(writer.count()).isEqualTo(2);
    assertThat(writer.sizeBytes()).isEqualTo(GOLDEN.length() / 2);
    assertThat(hex(writer.finish(1_700_000_000_000L))).isEqualTo(GOLDEN);
  }

  private static final String IDENTIFIED =
      "02" // format
          + "0000018bcfe56800" // leader time
          + "0002" // commands
          + "8023" // incr, with an identity
          + "0102030405060708"
          + "00000001"
          + "00000001"
          + "6b"
          + "0015" // del
          + "00000001"
          + "00000000";

  @Test
  void identitiesAreWrittenAsSpecified() {
    BatchWriter writer = new BatchWriter();
    writer.add(command(Operation.INCR, "k").identified(0x0102030405060708L));
    writer.add(command(Operation.DEL, ""));
    assertThat(writer.sizeBytes()).isEqualTo(IDENTIFIED.length() / 2);
    assertThat(hex(writer.finish(1_700_000_000_000L))).isEqualTo(IDENTIFIED);
    writer.reset();
    writer.add(command(Operation.DEL, ""));
    assertThat(hex(writer.finish(0))).startsWith("01");
  }

  @Test
  void identitiesAreReadAsSpecified() {
    BatchReader reader = new BatchReader(parse(IDENTIFIED));
    Command incr = reader.next();
    assertThat(incr).isNotNull();
    assertThat(incr.operation()).isEqualTo(Operation.INCR);
    assertThat(incr.identity()).isEqualTo(0x0102030405060708L);
    assertThat(incr.arguments()).isDeepEqualTo(command(Operation.INCR, "k").arguments());
    Command del = reader.next();
    assertThat(del).isNotNull();
    assertThat(del.identity()).isZero();
    assertThat(reader.next()).isNull();
  }

  @Test
  void aFormatThatDoesNotFitTheIdentitiesIsRefused() {
    BatchReader plain = new BatchReader(parse("01" + IDENTIFIED.substring(2)));
    assertThatThrownBy(plain::next).isInstanceOf(MalformedEntryException.class);
    BatchReader none = new BatchReader(parse("02" + GOLDEN.substring(2)));
    none.next();
    none.next();
    assertThatThrownBy(none::next).isInstanceOf(MalformedEntryException.class);
    String zero = IDENTIFIED.replace("0102030405060708", "0000000000000000");
    assertThatThrownBy(new BatchReader(parse(zero))::next)
        .isInstanceOf(MalformedEntryException.class);
  }

  @Test
  void entryIsReadAsSpecified() {
    BatchReader reader = new BatchReader(parse(GOLDEN));
    assertThat(reader.leaderTimeMs()).isEqualTo(1_700_000_000_000L);
    assertThat(reader.count()).isEqualTo(2);
    Command set = reader.next();
    assertThat(set).isNotNull();
    assertThat(set.operation()).isEqualTo(Operation.SET);
    assertThat(set.arguments())
        .isDeepEqualTo(command(Operation.SET, "k", "v1", "EX", "10").arguments());
    Command del = reader.next();
    assertThat(del).isNotNull();
    assertThat(del.operation()).isEqualTo(Operation.DEL);
    assertThat(reader.next()).isNull();
  }

  @Test
  void readerLeavesThePositionOfTheLogsBuffer() {
    ByteBuffer entry = parse(GOLDEN);
    BatchReader reader = new BatchReader(entry.asReadOnlyBuffer());
    reader.next();
    new BatchReader(entry).next();
    assertThat(entry.position()).isZero();
  }

  @Test
  void idsOfOperationsNeverChange() {
    String ids =
        Arrays.stream(Operation.values())
            .map(o -> o.id() + "=" + o.commandName())
            .collect(Collectors.joining(" "));
    assertThat(ids)
        .isEqualTo(
            "1=put 2=get 3=remove 4=set 5=setnx 6=setex 7=psetex 8=getset 9=getdel 10=getex"
                + " 11=mget 12=mset 13=msetnx 14=append 15=strlen 16=getrange 17=substr"
                + " 18=setrange 19=cas 20=cad 21=del 22=unlink 23=exists 24=touch 25=type"
                + " 26=rename 27=renamenx 28=copy 29=dbsize 30=flushdb 31=flushall 32=exec"
                + " 33=watch-versions 34=expire-sweep 35=incr 36=decr 37=incrby 38=decrby"
                + " 39=incrbyfloat 40=expire 41=pexpire 42=expireat 43=pexpireat 44=ttl 45=pttl"
                + " 46=expiretime 47=pexpiretime 48=persist 49=setbit 50=getbit 51=bitcount"
                + " 52=bitpos 53=bitop 54=bitfield 55=bitfield_ro 56=lcs 57=keys 58=scan"
                + " 59=randomkey 60=object 61=count-keys-in-slot 62=keys-in-slot 63=recount"
                + " 64=forget-times");
    for (Operation operation : Operation.values()) {
      assertThat(Operation.byId(operation.id())).isEqualTo(operation);
      assertThat(Operation.byName(operation.commandName())).isEqualTo(operation);
    }
    assertThat(Operation.byId(0)).isNull();
    assertThat(Operation.byId(70_000)).isNull();
    assertThat(Operation.byName("nosuch")).isNull();
  }

  @Test
  void transactionIsWrittenAsSpecified() {
    Command transaction =
        Transaction.of(
            List.of(new Transaction.Watched("w".getBytes(UTF_8), 0x0102)),
            List.of(command(Operation.SET, "k", "v"), command(Operation.DBSIZE)));
    assertThat(transaction.operation()).isEqualTo(Operation.EXEC);
    assertThat(Arrays.stream(transaction.arguments()).map(HexFormat.of()::formatHex))
        .containsExactly(
            "0000000100000002",
            "77",
            "0000000000000102",
            "000400000002",
            "6b",
            "76",
            "001d00000000");
    assertThat(Transaction.commandsOf(transaction)).hasSize(2);
  }

  @Test
  void transactionsDoNotNest() {
    Command inner = Transaction.of(List.of(), List.of());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Transaction.of(List.of(), List.of(inner)));
  }

  @Test
  void entryOfAnotherFormatOrWithAnUnknownOperationIsRefused() {
    assertThatThrownBy(() -> new BatchReader(parse("03" + GOLDEN.substring(2))))
        .isInstanceOf(MalformedEntryException.class)
        .hasMessageContaining("format 1 or 2, but found 3");
    BatchReader reader = new BatchReader(parse(GOLDEN.replace("00020004", "0002ffff")));
    assertThatThrownBy(reader::next)
        .isInstanceOf(MalformedEntryException.class)
        .hasMessageContaining("operation 65535");
  }

  @Test
  void entryThatIsCutShortOrTooLongIsRefused() {
    for (int length = 0; length < GOLDEN.length() / 2; length++) {
      ByteBuffer cut = parse(GOLDEN).limit(length);
      assertThatThrownBy(() -> readAll(cut)).isInstanceOf(MalformedEntryException.class);
    }
    assertThatThrownBy(() -> readAll(parse(GOLDEN + "00")))
        .isInstanceOf(MalformedEntryException.class);
  }

  private static void readAll(ByteBuffer entry) {
    BatchReader reader = new BatchReader(entry);
    while (reader.next() != null) {}
  }

  @Property(tries = 300)
  void randomBytesAreReadOrRefusedButNeverBreakTheReader(@ForAll @Size(max = 200) byte[] bytes) {
    if (bytes.length > 0) {
      bytes[0] = (byte) (1 + (bytes[0] & 1));
    }
    try {
      readAll(ByteBuffer.wrap(bytes));
    } catch (MalformedEntryException expected) {
      assertThat(expected).hasMessageNotContaining("null");
    }
  }

  @Property(tries = 100)
  void whatIsWrittenIsRead(@ForAll @Size(max = 20) List<@Size(max = 2000) byte[]> values) {
    BatchWriter writer = new BatchWriter();
    for (byte[] value : values) {
      writer.add(new Command(Operation.APPEND, new byte[][] {value, value}));
    }
    BatchReader reader = new BatchReader(writer.finish(5));
    for (byte[] value : values) {
      Command read = reader.next();
      assertThat(read).isNotNull();
      assertThat(read.arguments()).isDeepEqualTo(new byte[][] {value, value});
    }
    assertThat(reader.next()).isNull();
  }

  @Test
  void entryHandedOutStaysAsItIsWhenTheWriterIsUsedAgain() {
    BatchWriter writer = new BatchWriter();
    writer.add(command(Operation.SET, "k", "v1", "EX", "10"));
    writer.add(command(Operation.DEL, ""));
    ByteBuffer entry = writer.finish(1_700_000_000_000L);
    writer.reset();
    writer.add(command(Operation.GET, "other"));
    writer.finish(1);
    assertThat(hex(entry)).isEqualTo(GOLDEN);
  }

  @Test
  void entryHoldsAtMost65535Commands() {
    BatchWriter writer = new BatchWriter();
    Command command = command(Operation.DBSIZE);
    for (int i = 0; i < BatchWriter.MAX_COMMANDS; i++) {
      writer.add(command);
    }
    assertThatIllegalStateException().isThrownBy(() -> writer.add(command));
    assertThat(new BatchReader(writer.finish(1)).count()).isEqualTo(65_535);
  }
}
