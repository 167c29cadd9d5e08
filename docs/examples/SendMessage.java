// FK tells the gateway that a (synthetic) person has consented today, and reads the answer.
// Java 17, org.apache.kafka:kafka-clients and nothing else.

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Properties;
import java.util.UUID;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

public class SendMessage {
    private static final String TEST_KEY = "test-exchange-key-k1-not-secret!"; // published
    private static final String SERVERS =
        System.getenv().getOrDefault("SAMVERKAN_BOOTSTRAP_SERVERS", "127.0.0.1:19092");

    public static void main(String[] arguments) throws Exception {
        String number = "198104129815";
        String key = personKey(number);
        String id = UUID.randomUUID().toString();
        String day = LocalDate.now(ZoneId.of("Europe/Stockholm")).toString();
        String event = """
            {"specversion": "1.0", "id": "%s", "source": "urn:samverkan:fk:arende",
             "type": "se.samverkan.consent.recorded.v1", "subject": "S-1", "time": "%s",
             "datacontenttype": "application/json", "partitionkey": "%s",
             "data": {"person": {"personal_number": "%s"}, "case_id": "S-1", "event_at": "%s",
              "purposes": [{"purpose": "information_exchange", "status": "given"}],
              "families": ["referral", "plan", "meeting", "sgi"], "parties": ["fk", "af"],
              "asked_by": "fk", "form": "digitalt", "valid_from": "%s"}}
            """.formatted(id, Instant.now(), key, number, day, day);

        try (var receipts = new KafkaConsumer<String, String>(consumerOptions());
             var producer = new KafkaProducer<String, String>(producerOptions())) {
            List<TopicPartition> partitions = receipts.partitionsFor("fk.receipts").stream()
                .map(part -> new TopicPartition(part.topic(), part.partition())).toList();
            receipts.assign(partitions);
            receipts.seekToEnd(partitions);
            partitions.forEach(receipts::position); // now, not at the first poll

            var record = new ProducerRecord<String, String>("fk.out.consent", key, event);
            record.headers().add(
                "content-type", "application/cloudevents+json".getBytes(StandardCharsets.UTF_8));
            producer.send(record).get(); // throws if the brokers do not have it safely

            Instant end = Instant.now().plusSeconds(30);
            while (Instant.now().isBefore(end)) {
                for (ConsumerRecord<String, String> receipt : receipts.poll(Duration.ofMillis(200))) {
                    if (receipt.value().contains(id)) {
                        System.out.println(receipt.value());
                        return;
                    }
                }
            }
        }
        throw new IllegalStateException("no receipt within 30 s: does a gateway run?");
    }

    /** The key k1 of SAMVERKAN_KEYS_FILE, which the agencies share; without a file the test key. */
    static String exchangeKey() throws Exception {
        String file = System.getenv("SAMVERKAN_KEYS_FILE");
        if (file == null || file.isEmpty()) {
            return TEST_KEY;
        }
        // A real system reads it with its JSON library. Keys of `samverkan keys new` have no escapes.
        var key = Pattern.compile("\"exchange_keys\"\\s*:\\s*\\{[^}]*\"k1\"\\s*:\\s*\"([^\"]+)\"")
            .matcher(Files.readString(Path.of(file)));
        if (!key.find()) {
            throw new IllegalStateException(file + " has no exchange key k1");
        }
        return key.group(1);
    }

    /** base64url without padding of the first 16 bytes of HMAC-SHA256(exchange key, number). */
    static String personKey(String number) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(exchangeKey().getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        byte[] digest = mac.doFinal(number.getBytes(StandardCharsets.UTF_8));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(digest, 16));
    }

    private static Properties producerOptions() {
        Properties options = common();
        options.put("key.serializer", StringSerializer.class.getName());
        options.put("value.serializer", StringSerializer.class.getName());
        options.put("acks", "all");
        options.put("enable.idempotence", "true"); // a retry writes once
        return options; // the default partitioner is the contract's
    }

    private static Properties consumerOptions() {
        Properties options = common();
        options.put("key.deserializer", StringDeserializer.class.getName());
        options.put("value.deserializer", StringDeserializer.class.getName());
        options.put("isolation.level", "read_committed"); // the default shows what was taken back
        return options;
    }

    private static Properties common() {
        Properties options = new Properties();
        options.put("bootstrap.servers", SERVERS);
        return options;
    }
}
