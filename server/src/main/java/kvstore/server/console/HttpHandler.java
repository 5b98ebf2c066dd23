package kvstore.server.console;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers GET and HEAD of {@code /healthz /readyz /metrics} and {@code /}. */
final class HttpHandler extends SimpleChannelInboundHandler<FullHttpRequest> {

  private static final Logger LOG = LoggerFactory.getLogger(HttpHandler.class);
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String HTML = "text/html; charset=utf-8";

  private record Answer(HttpResponseStatus status, String type, String body) {}

  private final Metrics metrics;
  private final ClientStatistics clients;
  private final Supplier<@Nullable NodeView> node;

  HttpHandler(Metrics metrics, ClientStatistics clients, Supplier<@Nullable NodeView> node) {
    this.metrics = metrics;
    this.clients = clients;
    this.node = node;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
    boolean head = request.method().equals(HttpMethod.HEAD);
    Answer answer;
    if (!request.decoderResult().isSuccess()) {
      answer = new Answer(HttpResponseStatus.BAD_REQUEST, TEXT, "bad request\n");
    } else if (!head && !request.method().equals(HttpMethod.GET)) {
      answer = new Answer(HttpResponseStatus.METHOD_NOT_ALLOWED, TEXT, "only GET and HEAD\n");
    } else {
      answer = answer(path(request.uri()));
    }
    byte[] body = answer.body.getBytes(UTF_8);
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            answer.status,
            head ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(body));
    response.headers().set(HttpHeaderNames.CONTENT_TYPE, answer.type);
    response.headers().set(HttpHeaderNames.CONTENT_LENGTH, body.length);
    response.headers().set(HttpHeaderNames.CACHE_CONTROL, "no-store");
    response.headers().set("X-Content-Type-Options", "nosniff");
    response.headers().set("Content-Security-Policy", "default-src 'self' 'unsafe-inline'");
    boolean keep = HttpUtil.isKeepAlive(request) && request.decoderResult().isSuccess();
    HttpUtil.setKeepAlive(response, keep);
    var written = context.writeAndFlush(response);
    if (!keep) {
      written.addListener(ChannelFutureListener.CLOSE);
    }
  }

  private Answer answer(String path) {
    NodeView view = node.get();
    return switch (path) {
      case "/healthz" -> new Answer(HttpResponseStatus.OK, TEXT, "ok\n");
      case "/readyz" -> readiness(view);
      case "/metrics" ->
          new Answer(
              HttpResponseStatus.OK, "text/plain; version=0.0.4; charset=utf-8", metrics.page());
      case "/" ->
          view == null
              ? readiness(null)
              : new Answer(HttpResponseStatus.OK, HTML, StatusPage.of(view, clients));
      default ->
          new Answer(
              HttpResponseStatus.NOT_FOUND,
              TEXT,
              "not here; there are /healthz, /readyz and /metrics\n");
    };
  }

  private static Answer readiness(@Nullable NodeView view) {
    if (view == null) {
      return new Answer(HttpResponseStatus.SERVICE_UNAVAILABLE, TEXT, "starting or stopping\n");
    }
    List<String> waiting =
        view.shards().stream()
            .filter(shard -> !shard.isServing())
            .map(shard -> "shard " + shard.name() + " has no leader\n")
            .toList();
    return waiting.isEmpty()
        ? new Answer(HttpResponseStatus.OK, TEXT, "ready\n")
        : new Answer(HttpResponseStatus.SERVICE_UNAVAILABLE, TEXT, String.join("", waiting));
  }

  private static String path(String uri) {
    int end = uri.indexOf('?');
    return end < 0 ? uri : uri.substring(0, end);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.debug("HTTP connection from {} ends: {}", context.channel().remoteAddress(), cause, cause);
    context.close();
  }
}
