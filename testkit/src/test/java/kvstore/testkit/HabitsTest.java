package kvstore.testkit;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.conditions.ArchConditions.callCodeUnitWhere;
import static com.tngtech.archunit.lang.conditions.ArchConditions.haveNameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitCallTarget;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.PrintStream;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.time.ZonedDateTime;
import java.util.Date;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** Habits that hold everywhere in the shipped code. */
class HabitsTest {

  private static final JavaClasses SHIPPED =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("kvstore");

  private static final Set<String> CLOCKS =
      Set.of(
          Clock.class.getName() + ".systemUTC",
          Clock.class.getName() + ".systemDefaultZone",
          Clock.class.getName() + ".system",
          Instant.class.getName() + ".now",
          InstantSource.class.getName() + ".system",
          LocalDateTime.class.getName() + ".now",
          ZonedDateTime.class.getName() + ".now",
          Date.class.getName() + ".<init>",
          System.class.getName() + ".currentTimeMillis");

  private static final Set<String> DICE =
      Set.of(
          Math.class.getName() + ".random",
          Random.class.getName() + ".<init>",
          SplittableRandom.class.getName() + ".<init>",
          ThreadLocalRandom.class.getName() + ".current",
          RandomGenerator.class.getName() + ".getDefault",
          RandomGenerator.class.getName() + ".of",
          "java.util.UUID.randomUUID");

  @Test
  void timeAndChanceAreInjected() {
    holds(
        noClasses()
            .that()
            .resideInAnyPackage(
                "kvstore.protocol..",
                "kvstore.engine..",
                "kvstore.replication..",
                "kvstore.server..")
            .and()
            .haveNameNotMatching("kvstore\\.server\\.[A-Z].*") // the wiring
            .and()
            .haveNameNotMatching(".*\\.cluster\\.Identity") // draws a cluster's id, once
            .should(callAnyOf("ask a clock or dice directly", CLOCKS, DICE)));
  }

  /** Monotonic time serves timeouts; whoever applies commands has no business with any clock. */
  @Test
  void whatIsAppliedKnowsNoMonotonicTimeEither() {
    holds(
        noClasses()
            .that()
            .resideInAnyPackage("kvstore.engine.command..", "kvstore.engine.keyspace..")
            .should(callAnyOf("ask the monotonic clock", Set.of("java.lang.System.nanoTime"))));
  }

  @Test
  void logsGoThroughSlf4j() {
    holds(
        noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "java.util.logging..", "org.apache.log4j..", "org.apache.logging.."));
  }

  /** Only a process's own start may speak on standard output before, or without, a log. */
  @Test
  void theServerPrintsThroughMainOnly() {
    holds(
        noClasses()
            .that()
            .resideInAnyPackage(
                "kvstore.protocol..",
                "kvstore.engine..",
                "kvstore.replication..",
                "kvstore.server..")
            .and()
            .haveNameNotMatching("kvstore\\.server\\.Main(\\$.*)?")
            .should()
            .callMethodWhere(
                target(ownedBy(PrintStream.class))
                    .and(
                        DescribedPredicate.describe(
                            "on a standard stream", call -> usesStandardStream(call)))));
  }

  @Test
  void namesSayWhatAClassIs() {
    holds(
        noClasses()
            .should(haveNameMatching(".*(Util|Utils|Helper|Helpers|Manager|Impl|Common)(\\$.*)?")));
  }

  @Test
  void everyPackageIsNullMarked() {
    holds(classes().should(resideInANullMarkedPackage()));
  }

  @Test
  void nobodyEndsTheProcessButItsMain() {
    holds(
        noClasses()
            .that()
            .haveNameNotMatching("kvstore\\..*(Main|StopOnSignal)(\\$.*)?")
            .should()
            .callMethod(System.class, "exit", int.class));
  }

  @Test
  void nothingIsDeserialized() {
    holds(
        noClasses()
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.io.ObjectInputStream"));
  }

  @Test
  void onlyConnectionsMakeErrorsForClients() {
    holds(
        noClasses()
            .that(
                resideInAPackage("kvstore.server..")
                    .and(
                        com.tngtech.archunit.base.DescribedPredicate.not(
                            resideInAPackage("kvstore.server.net.."))))
            .should()
            .callConstructorWhere(
                DescribedPredicate.describe(
                    "target is Reply.Failure, given a caught exception",
                    call ->
                        call.getTarget()
                                .getOwner()
                                .getName()
                                .equals("kvstore.protocol.Reply$Failure")
                            && handlesExceptions(call))));
  }

  /** Whether the code that makes the call also asks an exception for its message. */
  private static boolean handlesExceptions(JavaCall<?> call) {
    return call.getOrigin().getMethodCallsFromSelf().stream()
        .anyMatch(other ->
            other.getTarget().getName().equals("getMessage")
                && other.getTarget().getOwner().isAssignableTo(Throwable.class));
  }

  private static boolean usesStandardStream(JavaCall<?> call) {
    return call.getOrigin().getFieldAccesses().stream()
        .anyMatch(access ->
            access.getTarget().getOwner().isEquivalentTo(System.class)
                && Set.of("out", "err").contains(access.getTarget().getName()));
  }

  private static DescribedPredicate<CodeUnitCallTarget> ownedBy(Class<?> type) {
    return DescribedPredicate.describe(
        "owned by " + type.getSimpleName(), target -> target.getOwner().isAssignableTo(type));
  }

  @SafeVarargs
  private static ArchCondition<JavaClass> callAnyOf(String what, Set<String>... names) {
    return callCodeUnitWhere(
            DescribedPredicate.<JavaCall<?>>describe(
                what,
                call -> {
                  String called = call.getTargetOwner().getName() + "." + call.getName();
                  boolean given = call.getName().equals("<init>") && takesSomething(call);
                  for (Set<String> set : names) {
                    if (set.contains(called) && !given) {
                      return true;
                    }
                  }
                  return false;
                }))
        .as(what);
  }

  /** A date of a given moment, or dice of a given seed, are as good as injected. */
  private static boolean takesSomething(JavaCall<?> call) {
    return !call.getTarget().getRawParameterTypes().isEmpty();
  }

  private static ArchCondition<JavaClass> resideInANullMarkedPackage() {
    return new ArchCondition<>("reside in a @NullMarked package") {
      @Override
      public void check(JavaClass item, ConditionEvents events) {
        JavaPackage home = item.getPackage();
        boolean marked = home.isAnnotatedWith(NullMarked.class);
        events.add(
            new SimpleConditionEvent(
                item, marked, item.getName() + " is in " + home.getName() + ", not @NullMarked"));
      }
    };
  }

  private static void holds(ArchRule rule) {
    rule.allowEmptyShould(true).check(SHIPPED);
  }
}
