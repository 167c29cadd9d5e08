package se.samverkan.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * A CloudEvent of an agency, read and checked: the envelope in both content modes, and every field
 * of the data against its type.
 *
 * <p>Left out in this application's favour: patterns of texts, the comparison of the key with the
 * person's number by HMAC, and everything between fields, which are the gateway's rules.
 */
record Message(
    String id,
    UUID uuid,
    String source,
    String type,
    String caseId,
    boolean named,
    byte[] sha256,
    List<String> problems) {

  private static final int LONGEST_TEXT = 2_000;
  private static final ObjectReader READER = new ObjectMapper().readerFor(JsonNode.class);
  private static final UUID NO_ID = new UUID(0, 0);
  private static final MessageDigest DIGEST = digest();

  /** Reads a record; what is wrong is told, never thrown. One thread only. */
  static Message read(byte[] value, Headers headers, byte[] key, Shape shape) {
    List<String> problems = new ArrayList<>(0);
    JsonNode body = tree(value, problems);
    boolean binary = headers.lastHeader("ce_type") != null;
    String id = envelope("id", binary, body, headers, problems);
    String type = envelope("type", binary, body, headers, problems);
    String source = envelope("source", binary, body, headers, problems);
    String time = envelope("time", binary, body, headers, problems);
    String partitionKey = envelope("partitionkey", binary, body, headers, problems);
    check("1.0".equals(envelope("specversion", binary, body, headers, problems)), "spec", problems);
    check(isInstant(time), "time", problems);
    boolean sameKey =
        key != null && partitionKey.equals(new String(key, StandardCharsets.US_ASCII));
    check(sameKey, "partitionkey", problems);
    JsonNode data = binary ? body : body.path("data");
    Map<String, Shape.Field> fields = shape.types().get(type);
    check(fields != null, "type", problems);
    if (fields != null) {
      checkData(data, fields, problems);
    }
    JsonNode number = data.path("person").path("personal_number");
    check(!number.isTextual() || isPersonalNumber(number.textValue()), "person", problems);
    UUID uuid = uuid(id, problems);
    String caseId = data.path("case_id").textValue();
    byte[] hash = DIGEST.digest(value == null ? new byte[0] : value);
    return new Message(id, uuid, source, type, caseId, number.isTextual(), hash, problems);
  }

  private static JsonNode tree(byte[] value, List<String> problems) {
    try {
      if (value != null) {
        return READER.readTree(value);
      }
    } catch (IOException wrong) {
      // Told below, with the values that are no message at all.
    }
    problems.add("json");
    return MissingNode.getInstance();
  }

  private static String envelope(
      String name, boolean binary, JsonNode body, Headers headers, List<String> problems) {
    String found = null;
    if (binary) {
      Header header = headers.lastHeader("ce_" + name);
      if (header != null && header.value() != null) {
        found = new String(header.value(), StandardCharsets.UTF_8);
      }
    } else {
      found = body.path(name).textValue();
    }
    check(found != null, name, problems);
    return found == null ? "" : found;
  }

  private static void checkData(
      JsonNode data, Map<String, Shape.Field> fields, List<String> problems) {
    int known = 0;
    for (Map.Entry<String, JsonNode> entry : data.properties()) {
      Shape.Field field = fields.get(entry.getKey());
      check(field != null && holds(field, entry.getValue()), entry.getKey(), problems);
      if (field != null && field.required()) {
        known++;
      }
    }
    int required = 0;
    for (Shape.Field field : fields.values()) {
      required += field.required() ? 1 : 0;
    }
    check(known == required, "missing", problems);
  }

  private static boolean holds(Shape.Field field, JsonNode value) {
    switch (value.getNodeType()) {
      case STRING:
        return holdsText(field, value.textValue());
      case NUMBER:
        double number = value.doubleValue();
        boolean kind =
            field.kinds().contains("number")
                || field.kinds().contains("integer") && value.isIntegralNumber();
        return kind && number >= field.min() && number <= field.max();
      case BOOLEAN:
        return field.kinds().contains("boolean");
      case NULL:
        return field.kinds().contains("null");
      case ARRAY:
        return field.kinds().contains("array");
      default:
        return field.kinds().contains("object");
    }
  }

  private static boolean holdsText(Shape.Field field, String text) {
    if (!field.values().isEmpty()) {
      return field.values().contains(text);
    }
    if (field.kinds().contains("date") && isDate(text)) {
      return true;
    }
    if (field.kinds().contains("date-time") && isInstant(text)) {
      return true;
    }
    return field.kinds().contains("string") && text.length() <= LONGEST_TEXT;
  }

  private static void check(boolean holds, String what, List<String> problems) {
    if (!holds) {
      problems.add(what);
    }
  }

  private static UUID uuid(String text, List<String> problems) {
    try {
      return UUID.fromString(text);
    } catch (IllegalArgumentException wrong) {
      problems.add("id");
      return NO_ID;
    }
  }

  private static boolean isInstant(String text) {
    try {
      OffsetDateTime.parse(text);
      return true;
    } catch (DateTimeException wrong) {
      return false;
    }
  }

  private static boolean isDate(String text) {
    try {
      LocalDate.parse(text);
      return true;
    } catch (DateTimeException wrong) {
      return false;
    }
  }

  /** Twelve digits, a day that exists (60 more in a coordination number), the check digit. */
  private static boolean isPersonalNumber(String text) {
    if (text.length() != 12) {
      return false;
    }
    int sum = 0;
    for (int i = 0; i < 12; i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return false;
      }
      if (i >= 2) {
        int weighed = digit * (2 - i % 2);
        sum += weighed > 9 ? weighed - 9 : weighed;
      }
    }
    int day = Integer.parseInt(text, 6, 8, 10) % 60;
    int month = Integer.parseInt(text, 4, 6, 10);
    int year = Integer.parseInt(text, 0, 4, 10);
    return sum % 10 == 0
        && month >= 1
        && month <= 12
        && day >= 1
        && day <= YearMonth.of(year, month).lengthOfMonth();
  }

  private static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException missing) {
      throw new IllegalStateException(missing);
    }
  }
}
