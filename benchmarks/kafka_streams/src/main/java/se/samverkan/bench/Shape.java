package se.samverkan.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What was measured of the gateway in the same run, and what the message types may hold.
 *
 * <p>The application writes the same number of records of the same mean size, so the figures come
 * from a file that the benchmark makes from what a gateway has written to the same broker; nothing
 * of it is guessed here.
 */
record Shape(
    double deliveries,
    double notices,
    double facts,
    int receiptBytes,
    int noticeBytes,
    int factBytes,
    int auditBytes,
    int deliveryHeaderBytes,
    int stateEntryBytes,
    Map<String, Map<String, Field>> types) {

  /** A field of a message's data: the JSON kinds that it may be of, its values, its need. */
  record Field(Set<String> kinds, Set<String> values, boolean required, double min, double max) {}

  static Shape read(String path) throws IOException {
    JsonNode all = new ObjectMapper().readTree(new File(path));
    JsonNode outputs = all.get("outputs");
    Map<String, Map<String, Field>> types = new HashMap<>();
    all.get("types")
        .properties()
        .forEach(type -> types.put(type.getKey(), fields(type.getValue())));
    return new Shape(
        outputs.at("/delivery/per_message").asDouble(),
        outputs.at("/notice/per_message").asDouble(),
        outputs.at("/fact/per_message").asDouble(),
        outputs.at("/receipt/value_bytes").asInt(),
        outputs.at("/notice/value_bytes").asInt(),
        outputs.at("/fact/value_bytes").asInt(),
        outputs.at("/audit/value_bytes").asInt(),
        outputs.at("/delivery/header_bytes").asInt(),
        all.get("state_entry_bytes").asInt(),
        types);
  }

  private static Map<String, Field> fields(JsonNode type) {
    Map<String, Field> fields = new HashMap<>();
    type.properties()
        .forEach(
            field -> {
              JsonNode told = field.getValue();
              fields.put(
                  field.getKey(),
                  new Field(
                      strings(told.get("kinds")),
                      strings(told.get("values")),
                      told.get("required").asBoolean(),
                      told.path("min").asDouble(Double.NEGATIVE_INFINITY),
                      told.path("max").asDouble(Double.POSITIVE_INFINITY)));
            });
    return fields;
  }

  private static Set<String> strings(JsonNode array) {
    Set<String> found = new HashSet<>();
    array.forEach(item -> found.add(item.asText()));
    return found;
  }
}
