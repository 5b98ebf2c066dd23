package kvstore.replication.transport;

import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.ErrorResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.GetFileRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.GetFileResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.InstallSnapshotRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.InstallSnapshotResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.PingRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.ReadIndexRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.ReadIndexResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.RequestVoteRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.RequestVoteResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.TimeoutNowRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.TimeoutNowResponse;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import com.google.protobuf.UnsafeByteOperations;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The Raft library's messages on the wire: which number each has, on which lane it travels, and its
 * bytes. A request's number is its method; numbers are never used again for something else.
 */
final class RaftMessages {

  static final int PING = 1;
  static final int REQUEST_VOTE = 2;
  static final int APPEND_ENTRIES = 3;
  static final int INSTALL_SNAPSHOT = 4;
  static final int GET_FILE = 5;
  static final int TIMEOUT_NOW = 6;
  static final int READ_INDEX = 7;

  /** An AppendEntries without entries and data. */
  static final int HEARTBEAT = 8;

  /** All requests there are. */
  static final int[] REQUESTS = {
    PING,
    REQUEST_VOTE,
    APPEND_ENTRIES,
    INSTALL_SNAPSHOT,
    GET_FILE,
    TIMEOUT_NOW,
    READ_INDEX,
    HEARTBEAT
  };

  /** Request flag: a vote asked for because the leader handed over. */
  static final int TRANSFER = 1;

  /** Flags, length of the group's name. */
  private static final int ENVELOPE_BYTES = 2;

  private static final int MAX_GROUP_BYTES = 255;

  /**
   * A request as received.
   *
   * @param group the Raft group meant; empty for requests that concern none
   * @param body the request's bytes behind the envelope
   */
  record Envelope(int flags, String group, ByteBuf body) {}

  private RaftMessages() {}

  /** The method of a request, or 0 if it is none that peers exchange. */
  static int methodOf(Object request) {
    if (request instanceof AppendEntriesRequest append) {
      return isHeartbeat(append) ? HEARTBEAT : APPEND_ENTRIES;
    } else if (request instanceof RequestVoteRequest) {
      return REQUEST_VOTE;
    } else if (request instanceof ReadIndexRequest) {
      return READ_INDEX;
    } else if (request instanceof GetFileRequest) {
      return GET_FILE;
    } else if (request instanceof InstallSnapshotRequest) {
      return INSTALL_SNAPSHOT;
    } else if (request instanceof TimeoutNowRequest) {
      return TIMEOUT_NOW;
    } else if (request instanceof PingRequest) {
      return PING;
    }
    return 0;
  }

  static String groupOf(Object request) {
    if (request instanceof AppendEntriesRequest append) {
      return append.getGroupId();
    } else if (request instanceof RequestVoteRequest vote) {
      return vote.getGroupId();
    } else if (request instanceof ReadIndexRequest read) {
      return read.getGroupId();
    } else if (request instanceof InstallSnapshotRequest install) {
      return install.getGroupId();
    } else if (request instanceof TimeoutNowRequest timeout) {
      return timeout.getGroupId();
    }
    return "";
  }

  /** The lane of a method. Only what may be late or large leaves the control lane. */
  static Lane laneOf(int method) {
    return switch (method) {
      case APPEND_ENTRIES -> Lane.LOG;
      case GET_FILE -> Lane.SNAPSHOT;
      default -> Lane.CONTROL;
    };
  }

  /** A heartbeat, or a probe, which looks the same. */
  private static boolean isHeartbeat(AppendEntriesRequest request) {
    return request.getEntriesCount() == 0 && !request.hasData();
  }

  static ByteBuf encodeRequest(ByteBufAllocator allocator, int flags, String group, Message body) {
    byte[] name = group.getBytes(StandardCharsets.UTF_8);
    if (name.length > MAX_GROUP_BYTES) {
      throw new IllegalArgumentException(
          "expected a group name of at most " + MAX_GROUP_BYTES + " bytes, but got " + name.length);
    }
    int size = body.getSerializedSize();
    ByteBuf out = allocator.ioBuffer(ENVELOPE_BYTES + name.length + size);
    out.writeByte(flags).writeByte(name.length).writeBytes(name);
    return write(body, size, out);
  }

  /**
   * Reads a request's envelope; the body shares the buffer's reference. Null if it is malformed.
   */
  static @Nullable Envelope readEnvelope(ByteBuf in) {
    if (in.readableBytes() < ENVELOPE_BYTES) {
      return null;
    }
    int flags = in.readUnsignedByte();
    int length = in.readUnsignedByte();
    if (in.readableBytes() < length) {
      return null;
    }
    String group = in.readCharSequence(length, StandardCharsets.UTF_8).toString();
    return new Envelope(flags, group, in);
  }

  static Message decodeRequest(int method, ByteBuf body) throws InvalidProtocolBufferException {
    Parser<? extends Message> parser =
        switch (method) {
          case PING -> PingRequest.parser();
          case REQUEST_VOTE -> RequestVoteRequest.parser();
          case APPEND_ENTRIES, HEARTBEAT -> AppendEntriesRequest.parser();
          case INSTALL_SNAPSHOT -> InstallSnapshotRequest.parser();
          case GET_FILE -> GetFileRequest.parser();
          case TIMEOUT_NOW -> TimeoutNowRequest.parser();
          case READ_INDEX -> ReadIndexRequest.parser();
          default -> throw new InvalidProtocolBufferException("unknown request " + method);
        };
    return parse(parser, body);
  }

  static ByteBuf encodeResponse(ByteBufAllocator allocator, Message response) {
    int number = responseNumber(response);
    int size = response.getSerializedSize();
    return write(response, size, allocator.ioBuffer(1 + size).writeByte(number));
  }

  static Message decodeResponse(ByteBuf in) throws InvalidProtocolBufferException {
    if (!in.isReadable()) {
      throw new InvalidProtocolBufferException("empty response");
    }
    int number = in.readUnsignedByte();
    Parser<? extends Message> parser =
        switch (number) {
          case PING -> ErrorResponse.parser();
          case REQUEST_VOTE -> RequestVoteResponse.parser();
          case APPEND_ENTRIES -> AppendEntriesResponse.parser();
          case INSTALL_SNAPSHOT -> InstallSnapshotResponse.parser();
          case GET_FILE -> GetFileResponse.parser();
          case TIMEOUT_NOW -> TimeoutNowResponse.parser();
          case READ_INDEX -> ReadIndexResponse.parser();
          default -> throw new InvalidProtocolBufferException("unknown response " + number);
        };
    return parse(parser, in);
  }

  private static int responseNumber(Message response) {
    if (response instanceof AppendEntriesResponse) {
      return APPEND_ENTRIES;
    } else if (response instanceof RequestVoteResponse) {
      return REQUEST_VOTE;
    } else if (response instanceof ReadIndexResponse) {
      return READ_INDEX;
    } else if (response instanceof GetFileResponse) {
      return GET_FILE;
    } else if (response instanceof InstallSnapshotResponse) {
      return INSTALL_SNAPSHOT;
    } else if (response instanceof TimeoutNowResponse) {
      return TIMEOUT_NOW;
    } else if (response instanceof ErrorResponse) {
      return PING;
    }
    throw new IllegalArgumentException(
        "expected a response that peers exchange, but got " + response.getClass().getName());
  }

  /** Appends a message of {@code size} bytes, for which there is room. */
  private static ByteBuf write(Message message, int size, ByteBuf out) {
    CodedOutputStream stream =
        CodedOutputStream.newInstance(out.nioBuffer(out.writerIndex(), size));
    try {
      message.writeTo(stream);
      stream.flush();
    } catch (IOException e) {
      out.release();
      throw new UncheckedIOException("expected room for the message", e);
    }
    return out.writerIndex(out.writerIndex() + size);
  }

  /** Parses from one private copy, of which large fields become views. */
  private static Message parse(Parser<? extends Message> parser, ByteBuf in)
      throws InvalidProtocolBufferException {
    byte[] bytes = new byte[in.readableBytes()];
    in.readBytes(bytes);
    ByteString whole = UnsafeByteOperations.unsafeWrap(bytes);
    CodedInputStream stream = whole.newCodedInput();
    stream.enableAliasing(true);
    return parser.parseFrom(stream);
  }
}
