package kvstore.testkit;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import kvstore.server.router.ReadMode;
import kvstore.server.router.Unavailable;
import org.junit.jupiter.api.Test;

/** The walls between modules, between packages, and around foreign libraries. */
class WallsTest {

  private static final JavaClasses SHIPPED =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("kvstore");

  private static final String RAFT_LIBRARY = "com.alipay.sofa..";
  private static final String ROCKSDB = "org.rocksdb..";

  @Test
  void protocolKnowsOnlyTheJdkAndNettysBuffers() {
    holds(
        classes()
            .that()
            .resideInAPackage("kvstore.protocol..")
            .should()
            .onlyDependOnClassesThat(
                resideInAnyPackage(
                    "java..",
                    "kvstore.protocol..",
                    "io.netty.buffer..",
                    "io.netty.util..",
                    "io.netty.handler.codec..",
                    "org.jspecify..")));
  }

  @Test
  void engineKnowsOnlyTheJdkAndRocksDb() {
    holds(
        classes()
            .that()
            .resideInAPackage("kvstore.engine..")
            .should()
            .onlyDependOnClassesThat(
                resideInAnyPackage(
                    "java..", "kvstore.engine..", ROCKSDB, "org.slf4j..", "org.jspecify..")));
  }

  @Test
  void replicationKnowsNoOtherModule() {
    holds(
        noClasses()
            .that()
            .resideInAPackage("kvstore.replication..")
            .should()
            .dependOnClassesThat(ours("kvstore.replication..")));
  }

  @Test
  void toolsKnowNoModuleButTheProtocol() {
    holds(
        noClasses()
            .that()
            .resideInAPackage("kvstore.tools..")
            .should()
            .dependOnClassesThat(ours("kvstore.tools..", "kvstore.protocol..")));
  }

  @Test
  void serverKnowsTheLeavesAndNothingElse() {
    holds(
        noClasses()
            .that()
            .resideInAPackage("kvstore.server..")
            .should()
            .dependOnClassesThat(
                ours(
                    "kvstore.server..",
                    "kvstore.protocol..",
                    "kvstore.engine..",
                    "kvstore.replication..")));
  }

  @Test
  void rocksDbIsKnownToTheStorageAdapterAndTheSharedLogOnly() {
    holds(
        noClasses()
            .that()
            .resideOutsideOfPackages(
                "kvstore.engine.storage.rocksdb..", "kvstore.replication.log..")
            .should()
            .dependOnClassesThat(resideInAPackage(ROCKSDB)));
  }

  @Test
  void theRaftLibraryIsKnownToItsAdaptersOnly() {
    holds(
        noClasses()
            .that()
            .resideOutsideOfPackages(
                "kvstore.replication.raft..",
                "kvstore.replication.log..",
                "kvstore.replication.transport..")
            .should()
            .dependOnClassesThat(resideInAPackage(RAFT_LIBRARY)));
  }

  @Test
  void theReplicationPortsKnowNoneOfTheirAdapters() {
    holds(
        noClasses()
            .that()
            .resideInAPackage("kvstore.replication")
            .should()
            .dependOnClassesThat(
                resideInAnyPackage(
                    "kvstore.replication.raft..",
                    "kvstore.replication.log..",
                    "kvstore.replication.transport..")));
  }

  @Test
  void theTransportKnowsNeitherTheLogNorRaftItself() {
    holds(
        noClasses()
            .that()
            .resideInAPackage("kvstore.replication.transport..")
            .should()
            .dependOnClassesThat(
                resideInAnyPackage("kvstore.replication.raft..", "kvstore.replication.log..")));
  }

  @Test
  void commandsAndKeyspaceKnowTheStoragePortButNoStorage() {
    holds(
        noClasses()
            .that()
            .resideInAnyPackage("kvstore.engine.command..", "kvstore.engine.keyspace..")
            .should()
            .dependOnClassesThat(resideInAPackage("kvstore.engine.storage.rocksdb..")));
  }

  @Test
  void connectionsDoNotReachBehindTheRouter() {
    holds(
        noClasses()
            .that()
            .resideInAPackage("kvstore.server.net..")
            .should()
            .dependOnClassesThat(
                resideInAnyPackage(
                    "kvstore.server.shard..",
                    "kvstore.server.cluster..",
                    "kvstore.engine..",
                    "kvstore.replication.raft..",
                    "kvstore.replication.transport..",
                    "kvstore.replication.log..")));
  }

  @Test
  void theDataPathDoesNotKnowConnections() {
    holds(
        noClasses()
            .that()
            .resideInAnyPackage(
                "kvstore.server.router..", "kvstore.server.shard..", "kvstore.server.config..")
            .should()
            .dependOnClassesThat(resideInAnyPackage("kvstore.server.net..")));
  }

  @Test
  void configurationKnowsNothingOfTheRest() {
    holds(
        noClasses()
            .that()
            .resideInAPackage("kvstore.server.config..")
            .should()
            .dependOnClassesThat(
                ours("kvstore.server.config..", "kvstore.protocol..", "kvstore.replication")));
  }

  @Test
  void packagesOfTheServerFormNoCycle() {
    holds(
        slices()
            .matching("kvstore.server.(*)..")
            .should()
            .beFreeOfCycles()
            // the words in which a shard answers its router
            .ignoreDependency(
                resideInAPackage("kvstore.server.shard.."),
                belongToAnyOf(ReadMode.class, Unavailable.class)));
  }

  @Test
  void packagesOfTheEngineFormNoCycle() {
    holds(slices().matching("kvstore.engine.(*)..").should().beFreeOfCycles());
  }

  @Test
  void nettyStaysOutOfTheDataPath() {
    holds(
        noClasses()
            .that()
            .resideInAnyPackage("kvstore.engine..", "kvstore.server.shard..")
            .should()
            .dependOnClassesThat(resideInAnyPackage("io.netty.channel..", "io.netty.handler..")));
  }

  /** Classes of kvstore outside the given packages. */
  private static DescribedPredicate<JavaClass> ours(String... exceptIn) {
    return resideInAPackage("kvstore..")
        .and(not(resideInAnyPackage(exceptIn)))
        .as("reside in kvstore, but outside of " + String.join(", ", exceptIn));
  }

  private static void holds(ArchRule rule) {
    rule.allowEmptyShould(true).check(SHIPPED);
  }
}
