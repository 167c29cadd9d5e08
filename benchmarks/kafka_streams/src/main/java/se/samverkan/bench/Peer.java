package se.samverkan.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KafkaStreams.State;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.StreamPartitioner;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.Stores;

/**
 * A Kafka Streams application that does what the gateway does but for its rules: the peer that a
 * Java team would build, so that the gateway's rate has something honest to stand beside.
 *
 * <p>Same: the twelve inputs read by timestamp in one task per partition number, exactly once, each
 * message read and checked in all its fields, the person's state read, searched and written whole,
 * and the number, topics and size of what is written. Not done: rules, deadlines, person keys by
 * HMAC, the chain of the audit log. So every doubt is in favour of this application.
 *
 * <p>A Java program is slow until it is compiled: with a warm-up, an application of another id
 * first reads everything once in the same process, and only the second one is measured.
 *
 * <p>Arguments: bootstrap id state-folder shape-file inputs(comma) total name=value...; it says on
 * stderr when it is assigned, as the gateway does, and ends with SIGTERM.
 */
public final class Peer {
  private static final LongAdder PROCESSED = new LongAdder();

  private final String bootstrap;
  private final String folder;
  private final List<String> inputs;
  private final Shape shape;
  private final Map<String, String> options;

  private Peer(String bootstrap, String folder, String shape, String inputs, String[] options)
      throws IOException {
    this.bootstrap = bootstrap;
    this.folder = folder;
    this.shape = Shape.read(shape);
    this.inputs = List.of(inputs.split(","));
    this.options = new TreeMap<>();
    for (String option : options) {
      String[] parts = option.split("=", 2);
      this.options.put(parts[0], parts[1]);
    }
  }

  public static void main(String[] arguments) throws Exception {
    String[] rest = Arrays.copyOfRange(arguments, 6, arguments.length);
    Peer peer = new Peer(arguments[0], arguments[2], arguments[3], arguments[4], rest);
    long total = Long.parseLong(arguments[5]);
    if (Boolean.parseBoolean(peer.options.getOrDefault("warm-up", "true"))) {
      peer.warmUp(arguments[1] + "-warm", total);
    }
    peer.serve(arguments[1]);
  }

  private void warmUp(String id, long total) throws InterruptedException {
    try (KafkaStreams streams = new KafkaStreams(topology(), settings(id))) {
      streams.start();
      while (PROCESSED.sum() < total) {
        failIfOver(streams);
        Thread.sleep(50);
      }
    }
  }

  private void serve(String id) throws InterruptedException {
    KafkaStreams streams = new KafkaStreams(topology(), settings(id));
    CountDownLatch stopped = new CountDownLatch(1);
    streams.setStateListener(
        (now, before) -> {
          if (now == State.RUNNING) {
            say("assigned", streams);
          } else if (now == State.ERROR) {
            Runtime.getRuntime().halt(70);
          }
        });
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  streams.close();
                  stopped.countDown();
                }));
    streams.start();
    stopped.await();
  }

  private static void failIfOver(KafkaStreams streams) {
    if (streams.state() == State.ERROR) {
      Runtime.getRuntime().halt(70);
    }
  }

  private static void say(String event, KafkaStreams streams) {
    Set<Integer> partitions = new TreeSet<>();
    streams
        .metadataForLocalThreads()
        .forEach(
            thread ->
                thread
                    .activeTasks()
                    .forEach(task -> partitions.add(task.taskId().partition())));
    double at = System.currentTimeMillis() / 1000.0;
    System.err.printf(
        Locale.ROOT,
        "{\"at\":%.3f,\"level\":\"INFO\",\"event\":\"%s\",\"partitions\":%s}%n",
        at, event, partitions);
  }

  private Topology topology() {
    Topology made = new Topology();
    ByteArrayDeserializer bytes = new ByteArrayDeserializer();
    made.addSource("in", bytes, bytes, inputs.toArray(String[]::new));
    ProcessorSupplier<byte[], byte[], byte[], Out> decider = () -> new Decider(shape, PROCESSED);
    made.addProcessor("decide", decider, "in");
    var builder =
        Stores.keyValueStoreBuilder(store(), Serdes.ByteArray(), Serdes.ByteArray())
            .withLoggingEnabled(Map.of());
    made.addStateStore(
        Boolean.parseBoolean(options.getOrDefault("cache", "false"))
            ? builder.withCachingEnabled()
            : builder.withCachingDisabled(),
        "decide");
    Serializer<Out> value = (topic, out) -> out.value();
    StreamPartitioner<byte[], Out> same = new SamePartition();
    for (String topic : sinks()) {
      made.addSink(topic, topic, new ByteArraySerializer(), value, same, "decide");
    }
    return made;
  }

  private List<String> sinks() {
    var topics = new ArrayList<>(List.of("gateway.audit", "followup.events"));
    for (String agency : List.of("fk", "af")) {
      topics.add(agency + ".receipts");
      topics.add(agency + ".in.notice");
    }
    for (String input : inputs) {
      topics.add((input.startsWith("fk") ? "af" : "fk") + input.substring(2).replace("out", "in"));
    }
    return topics;
  }

  private KeyValueBytesStoreSupplier store() {
    return options.getOrDefault("store", "memory").equals("rocksdb")
        ? Stores.persistentKeyValueStore(Decider.STORE)
        : Stores.inMemoryKeyValueStore(Decider.STORE);
  }

  private Properties settings(String id) {
    Properties all = new Properties();
    all.put(StreamsConfig.APPLICATION_ID_CONFIG, id);
    all.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    all.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    all.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, "1");
    all.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, "1");
    all.put(StreamsConfig.STATE_DIR_CONFIG, folder);
    // As the gateway's: larger fetches, batches as large as a broker takes, a year's replay.
    all.put(
        StreamsConfig.consumerPrefix(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG), "2097152");
    all.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), "262144");
    all.put(StreamsConfig.topicPrefix("message.timestamp.before.max.ms"), Long.MAX_VALUE + "");
    all.put(StreamsConfig.topicPrefix("message.timestamp.after.max.ms"), Long.MAX_VALUE + "");
    options.forEach(
        (name, value) -> {
          if (name.contains(".")) {
            all.put(name, value);
          }
        });
    return all;
  }

  /** Everything that comes of partition n is written to partition n, as the gateway does. */
  private static final class SamePartition implements StreamPartitioner<byte[], Out> {
    @Override
    public Optional<Set<Integer>> partitions(String topic, byte[] key, Out out, int partitions) {
      return Optional.of(Set.of(out.partition()));
    }
  }
}
