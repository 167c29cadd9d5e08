package se.samverkan.bench;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The work of one message: read and check it, read the person's state, tell a repeat, write the
 * state, and write the share of outputs that the gateway was measured to write.
 *
 * <p>Outputs that come less often than once a message are written by a running share, so that their
 * number is the gateway's over any stretch.
 */
final class Decider implements Processor<byte[], byte[], byte[], Out> {
  static final String STORE = "persons";
  private static final byte[] NO_PERSON = "0".repeat(22).getBytes(StandardCharsets.US_ASCII);

  private final Shape shape;
  private final Outputs outputs;
  private final LongAdder processed;
  private ProcessorContext<byte[], Out> context;
  private KeyValueStore<byte[], byte[]> store;
  private double delivered;
  private double noticed;
  private double told;
  private long audited;

  /** The counter tells the warm-up when it is through. */
  Decider(Shape shape, LongAdder processed) {
    this.shape = shape;
    this.processed = processed;
    this.outputs = new Outputs(shape);
  }

  @Override
  public void init(ProcessorContext<byte[], Out> context) {
    this.context = context;
    this.store = context.getStateStore(STORE);
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    RecordMetadata from = context.recordMetadata().orElseThrow();
    byte[] key = record.key() == null ? NO_PERSON : record.key();
    byte[] body = record.value() == null ? new byte[0] : record.value();
    Message message = Message.read(record.value(), record.headers(), record.key(), shape);
    boolean repeated = remember(message, key, body, record.timestamp(), from.offset());
    write(message, key, body, record.timestamp(), from, repeated);
    processed.increment();
  }

  private boolean remember(Message message, byte[] key, byte[] body, long at, long offset) {
    byte[] stateKey = key;
    if (!message.named()) {
      // Counted refusals have no person: each has a state of its own, as in the gateway.
      stateKey =
          (new String(NO_PERSON, StandardCharsets.US_ASCII) + ":" + message.id())
              .getBytes(StandardCharsets.UTF_8);
    }
    PersonState state = PersonState.decode(store.get(stateKey));
    boolean repeated = state.knows(message.uuid());
    if (!repeated) {
      state.add(message, body, at, offset, shape.stateEntryBytes());
      store.put(stateKey, state.encode());
    }
    return repeated;
  }

  private void write(
      Message message, byte[] key, byte[] body, long at, RecordMetadata from, boolean repeated) {
    Instant now = Instant.ofEpochMilli(at);
    String shown = new String(key, StandardCharsets.US_ASCII);
    String place = from.topic() + "/" + from.partition() + "/" + from.offset();
    String agency = from.topic().substring(0, 2);
    String other = agency.equals("fk") ? "af" : "fk";
    int partition = from.partition();
    byte[] receipt = outputs.receipt(message, shown, place, repeated, now);
    send(agency + ".receipts", key, new Out(partition, receipt, outputs.event()), at);
    byte[] audit = outputs.audit(message, place, ++audited, now);
    send("gateway.audit", null, new Out(partition, audit, new RecordHeaders()), at);
    delivered += shape.deliveries();
    while (delivered >= 1) {
      delivered -= 1;
      String family = from.topic().substring(from.topic().lastIndexOf('.'));
      Out delivery = new Out(partition, body, outputs.delivery(message, key, now));
      send(other + ".in" + family, key, delivery, at);
    }
    told += shape.facts();
    while (told >= 1) {
      told -= 1;
      byte[] fact = outputs.fact(message, shown, place, now);
      send("followup.events", key, new Out(partition, fact, outputs.event()), at);
    }
    noticed += shape.notices();
    while (noticed >= 1) {
      noticed -= 1;
      byte[] notice = outputs.notice(message, shown, now);
      send(other + ".in.notice", key, new Out(partition, notice, outputs.event()), at);
    }
  }

  private void send(String sink, byte[] key, Out out, long at) {
    context.forward(new Record<>(key, out, at, out.headers()), sink);
  }
}
