package kvstore.replication.transport;

import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.nio.file.Path;

/**
 * PEM files for mutual TLS between nodes.
 *
 * @param certificateChain this node's certificate and its intermediates
 * @param privateKey its unencrypted PKCS#8 key
 * @param trustedAuthorities certificates that sign the nodes' certificates
 */
public record TlsFiles(Path certificateChain, Path privateKey, Path trustedAuthorities) {

  SslContext forServer() throws IOException {
    return SslContextBuilder.forServer(certificateChain.toFile(), privateKey.toFile())
        .trustManager(trustedAuthorities.toFile())
        .clientAuth(ClientAuth.REQUIRE)
        .protocols("TLSv1.3")
        .build();
  }

  /** Names in certificates are not compared with hosts: the handshake proves the node's name. */
  SslContext forClient() throws IOException {
    return SslContextBuilder.forClient()
        .keyManager(certificateChain.toFile(), privateKey.toFile())
        .trustManager(trustedAuthorities.toFile())
        .endpointIdentificationAlgorithm("")
        .protocols("TLSv1.3")
        .build();
  }
}
