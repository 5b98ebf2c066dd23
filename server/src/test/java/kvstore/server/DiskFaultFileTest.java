package kvstore.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import kvstore.replication.log.DiskFaults;
import kvstore.replication.log.SharedLog;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskFaultFileTest {

  @TempDir Path folder;
  private Path file;
  private DiskFaultFile disk;

  @BeforeEach
  void create() {
    file = folder.resolve("n1.disk");
    disk = new DiskFaultFile(file);
  }

  @Test
  void withoutThePropertyTheDiskIsAsItIs() {
    assertThat(DiskFaultFile.ofProperty()).isSameAs(DiskFaults.NONE);
  }

  @Test
  void noFileAndAnEmptyOneAreASoundDisk() throws IOException {
    disk.beforeWrite();
    disk.afterWrite();
    Files.writeString(file, "\n");
    disk.beforeWrite();
    disk.afterWrite();
  }

  @Test
  void aFullDiskIsTakenForOneAndIsSoundWhenThereIsRoomAgain() throws IOException {
    Files.writeString(file, "full");
    assertThatThrownBy(disk::beforeWrite)
        .isInstanceOf(IOException.class)
        .matches(SharedLog::isNoSpace);
    Files.writeString(file, "");
    assertThatCode(disk::beforeWrite).doesNotThrowAnyException();
  }

  @Test
  void aWriteFailsBeforeAndASyncAfterTheBytesAreWritten() throws IOException {
    Files.writeString(file, "write-error");
    assertThatThrownBy(disk::beforeWrite)
        .hasMessageContaining("write")
        .matches(failure -> !SharedLog.isNoSpace(failure));
    Files.writeString(file, "sync-error");
    disk.beforeWrite();
    assertThatThrownBy(disk::afterWrite).hasMessageContaining("sync");
  }

  @Test
  void aSlowDiskTakesItsTime() throws IOException {
    Files.writeString(file, "slow 30");
    long began = System.nanoTime();
    disk.beforeWrite();
    assertThat(System.nanoTime() - began).isGreaterThanOrEqualTo(30_000_000);
  }

  /** Else a run with a mistyped fault would pass, having tested nothing. */
  @Test
  void anOrderThatIsNotKnownFailsTheWrite() throws IOException {
    Files.writeString(file, "explode");
    assertThatThrownBy(disk::beforeWrite).hasMessageContaining("explode");
  }
}
