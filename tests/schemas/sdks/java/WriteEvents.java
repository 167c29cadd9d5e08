import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.core.message.Encoding;
import io.cloudevents.jackson.JsonFormat;
import io.cloudevents.kafka.CloudEventSerializer;
import io.cloudevents.kafka.PartitionKeyExtensionInterceptor;
import java.net.URI;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;

/** Events from the input, one a line; what the SDK writes of each in both modes, one a line. */
public final class WriteEvents {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Set<String> OF_ITS_OWN =
      Set.of("specversion", "id", "source", "type", "subject", "time", "datacontenttype", "data");

  private WriteEvents() {}

  public static void main(String[] arguments) throws Exception {
    for (String line : new String(System.in.readAllBytes(), "UTF-8").split("\n")) {
      CloudEvent event = read(JSON.readTree(line));
      write("binary", event, Map.of());
      write(
          "structured",
          event,
          Map.of(
              CloudEventSerializer.ENCODING_CONFIG, Encoding.STRUCTURED,
              CloudEventSerializer.EVENT_FORMAT_CONFIG, JsonFormat.CONTENT_TYPE));
    }
  }

  private static CloudEvent read(JsonNode said) throws Exception {
    CloudEventBuilder made =
        CloudEventBuilder.v1()
            .withId(said.get("id").textValue())
            .withSource(URI.create(said.get("source").textValue()))
            .withType(said.get("type").textValue())
            .withTime(OffsetDateTime.parse(said.get("time").textValue()))
            .withData("application/json", JSON.writeValueAsBytes(said.get("data")));
    if (said.has("subject")) {
      made = made.withSubject(said.get("subject").textValue());
    }
    for (Iterator<Map.Entry<String, JsonNode>> all = said.fields(); all.hasNext(); ) {
      Map.Entry<String, JsonNode> one = all.next();
      if (!OF_ITS_OWN.contains(one.getKey())) {
        made = made.withExtension(one.getKey(), one.getValue().textValue());
      }
    }
    return made.build();
  }

  /** As a producer with this serializer and the SDK's interceptor, which gives the key. */
  private static void write(String mode, CloudEvent event, Map<String, Object> options)
      throws Exception {
    try (CloudEventSerializer serializer = new CloudEventSerializer();
        PartitionKeyExtensionInterceptor interceptor = new PartitionKeyExtensionInterceptor()) {
      serializer.configure(new HashMap<>(options), false);
      ProducerRecord<Object, CloudEvent> record =
          interceptor.onSend(new ProducerRecord<>("topic", event));
      byte[] value = serializer.serialize("topic", record.headers(), record.value());
      ObjectNode written = JSON.createObjectNode();
      written.put("mode", mode).put("key", (String) record.key()).put("value", value);
      ArrayNode headers = written.putArray("headers");
      for (Header header : record.headers()) {
        headers.addArray().add(header.key()).add(header.value());
      }
      System.out.println(written);
    }
  }
}
