package kvstore.testkit.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoadSettingsTest {

  private static final String TARGET = "targets=127.0.0.1:7379 ";

  @Test
  void clientsThatShareConnectionsAreAllServed() {
    LoadSettings settings =
        LoadSettings.parse(TARGET + "protocol=etcd clients=10 connections=4 pipeline=1");

    assertThat(IntStream.range(0, settings.connections()).map(settings::window).sum())
        .isEqualTo(10);
  }

  @Test
  void eachClientHasItsConnectionUnlessToldOtherwise() {
    LoadSettings settings = LoadSettings.parse(TARGET + "clients=7 pipeline=3");

    assertThat(settings.connections()).isEqualTo(7);
    assertThat(settings.window(6)).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "colour=red",
        "clients",
        "clients=0",
        "writes=101",
        "protocol=http",
        "requests=10 rate=10",
        "wait=1 writes=0",
        "slots=0-16384",
        "slots=first-last",
        "slots=0-10,11-20",
        "slots=0-16383 requests=10",
        "protocol=etcd value=100000"
      })
  void wordsThatMakeNoSenseAreRefused(String word) {
    assertThatThrownBy(() -> LoadSettings.parse(TARGET + word))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("expected");
  }
}
