package kvstore.tools.shell;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import kvstore.protocol.Reply;

/**
 * One JSON value a line: errors as {@code {"error":"…"}}, bytes that are no UTF-8 as {@code
 * {"base64":"…"}}.
 */
final class JsonFormat implements ReplyFormat {

  private static final JsonFactory FACTORY = new JsonFactory();

  @Override
  public byte[] format(Reply reply) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json = FACTORY.createGenerator(out)) {
      write(reply, json);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory does not fail
    }
    return out.toByteArray();
  }

  private void write(Reply reply, JsonGenerator json) throws IOException {
    if (reply instanceof Reply.Bulk bulk) {
      writeBytes(bulk.value(), json);
    } else if (reply instanceof Reply.Int number) {
      json.writeNumber(number.value());
    } else if (reply instanceof Reply.Decimal decimal) {
      json.writeNumber(decimal.value());
    } else if (reply instanceof Reply.Truth truth) {
      json.writeBoolean(truth.value());
    } else if (reply instanceof Reply.Nil || reply instanceof Reply.NilArray) {
      json.writeNull();
    } else if (reply instanceof Reply.Failure failure) {
      json.writeStartObject();
      json.writeStringField("error", failure.message());
      json.writeEndObject();
    } else if (reply instanceof Reply.Array array) {
      writeItems(array.items(), json);
    } else if (reply instanceof Reply.Distinct distinct) {
      writeItems(distinct.items(), json);
    } else if (reply instanceof Reply.Push push) {
      writeItems(push.items(), json);
    } else if (reply instanceof Reply.Pairs pairs) {
      writePairs(pairs.keysAndValues(), json);
    } else {
      json.writeString(new String(RawFormat.scalar(reply), StandardCharsets.UTF_8));
    }
  }

  private void writeItems(List<Reply> items, JsonGenerator json) throws IOException {
    json.writeStartArray();
    for (Reply item : items) {
      write(item, json);
    }
    json.writeEndArray();
  }

  private void writePairs(List<Reply> items, JsonGenerator json) throws IOException {
    json.writeStartObject();
    for (int i = 0; i < items.size(); i += 2) {
      json.writeFieldName(new String(RawFormat.scalar(items.get(i)), StandardCharsets.UTF_8));
      write(items.get(i + 1), json);
    }
    json.writeEndObject();
  }

  private static void writeBytes(byte[] bytes, JsonGenerator json) throws IOException {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      json.writeStartObject();
      json.writeStringField("base64", Base64.getEncoder().encodeToString(bytes));
      json.writeEndObject();
      return;
    }
    json.writeString(text);
  }
}
