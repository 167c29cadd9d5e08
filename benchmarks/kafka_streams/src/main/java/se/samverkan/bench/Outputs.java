package se.samverkan.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * The bytes of what is written: CloudEvents with the fields that all of the gateway's have, filled
 * up to the mean size that the gateway's were measured to have.
 */
final class Outputs {
  private static final byte[] JSON =
      "application/cloudevents+json".getBytes(StandardCharsets.UTF_8);
  private static final int LONGEST = 65_536;

  private final JsonFactory factory = new JsonFactory();
  private final ByteArrayOutputStream buffer = new ByteArrayOutputStream(2_048);
  private final byte[] filler = new byte[LONGEST];
  private final Shape shape;

  Outputs(Shape shape) {
    this.shape = shape;
    Arrays.fill(filler, (byte) 'x');
  }

  byte[] receipt(Message message, String key, String place, boolean repeated, Instant now) {
    return event(shape.receiptBytes(), "receipt", message, key, place, repeated, now);
  }

  byte[] notice(Message message, String key, Instant now) {
    try (JsonGenerator json = begin("notice", message, key, now)) {
      return end(json, shape.noticeBytes());
    } catch (IOException wrong) {
      throw new UncheckedIOException(wrong);
    }
  }

  byte[] fact(Message message, String key, String place, Instant now) {
    return event(shape.factBytes(), "followup", message, key, place, false, now);
  }

  /** An audit entry is no CloudEvent. */
  byte[] audit(Message message, String place, long number, Instant now) {
    try (JsonGenerator json = begin()) {
      json.writeStartObject();
      json.writeNumberField("number", number);
      json.writeStringField("at", now.toString());
      json.writeStringField("cause", place);
      verdict(json, message, false);
      return end(json, shape.auditBytes());
    } catch (IOException wrong) {
      throw new UncheckedIOException(wrong);
    }
  }

  /** Headers of a delivery; its value is the message as it came. */
  Headers delivery(Message message, byte[] key, Instant now) {
    byte[] at = now.toString().getBytes(StandardCharsets.UTF_8);
    byte[] id = message.id().getBytes(StandardCharsets.UTF_8);
    RecordHeaders headers = new RecordHeaders();
    headers.add("content-type", JSON);
    headers.add("gw-receipt-id", id);
    headers.add("gw-accepted-at", at);
    headers.add("gw-person-key", key);
    int size = 12 + JSON.length + 13 + id.length + 14 + at.length + 13 + key.length + 9;
    headers.add("gw-ground", fill(shape.deliveryHeaderBytes() - size));
    return headers;
  }

  Headers event() {
    RecordHeaders headers = new RecordHeaders();
    headers.add("content-type", JSON);
    return headers;
  }

  private byte[] event(
      int size, String type, Message message, String key, String place, boolean repeated,
      Instant now) {
    try (JsonGenerator json = begin(type, message, key, now)) {
      json.writeStringField("message_id", message.id());
      json.writeStringField("message_source", message.source());
      json.writeStringField("message_type", message.type());
      json.writeStringField("decided_at", now.toString());
      json.writeStringField("place", place);
      verdict(json, message, repeated);
      return end(json, size);
    } catch (IOException wrong) {
      throw new UncheckedIOException(wrong);
    }
  }

  /** The envelope and the beginning of the data, as every event of the gateway's has them. */
  private JsonGenerator begin(String type, Message message, String key, Instant now)
      throws IOException {
    JsonGenerator json = begin();
    json.writeStartObject();
    json.writeStringField("specversion", "1.0");
    json.writeStringField("id", message.id());
    json.writeStringField("source", "urn:samverkan:gateway");
    json.writeStringField("type", "se.samverkan." + type + ".v1");
    json.writeStringField("time", now.toString());
    json.writeStringField("datacontenttype", "application/json");
    json.writeStringField("partitionkey", key);
    json.writeObjectFieldStart("data");
    json.writeStringField("case_id", message.caseId());
    return json;
  }

  private JsonGenerator begin() throws IOException {
    buffer.reset();
    return factory.createGenerator(buffer);
  }

  private void verdict(JsonGenerator json, Message message, boolean repeated) throws IOException {
    json.writeStringField("content_sha256", HexFormat.of().formatHex(message.sha256()));
    json.writeStringField("status", message.problems().isEmpty() ? "accepted" : "rejected");
    json.writeBooleanField("duplicate", repeated);
    json.writeArrayFieldStart("reasons");
    for (String problem : message.problems()) {
      json.writeString(problem);
    }
    json.writeEndArray();
  }

  /** Fill up to the wanted size with a text, and close all that is open. */
  private byte[] end(JsonGenerator json, int size) throws IOException {
    json.flush();
    int left = Math.max(0, Math.min(LONGEST, size - buffer.size() - 12));
    json.writeFieldName("text");
    json.writeUTF8String(filler, 0, left);
    json.close();
    return buffer.toByteArray();
  }

  private byte[] fill(int size) {
    return Arrays.copyOf(filler, Math.max(0, Math.min(LONGEST, size)));
  }
}
