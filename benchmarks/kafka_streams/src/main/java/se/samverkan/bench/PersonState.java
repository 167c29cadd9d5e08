package se.samverkan.bench;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * What is kept of a person: an entry per message, with as many bytes as an entry of the gateway's.
 *
 * <p>A compact binary form, since it is smaller and faster than JSON; it is read and written whole
 * for each message, as the gateway's is.
 */
final class PersonState {
  private static final int HASH = 32;
  /** Bytes of an entry besides its rest: id, hash, timestamp, offset and the length of the rest. */
  private static final int FIXED = 16 + HASH + 8 + 8 + 2;

  private record Entry(UUID id, byte[] sha256, long timestamp, long offset, byte[] rest) {}

  private final List<Entry> entries;

  private PersonState(List<Entry> entries) {
    this.entries = entries;
  }

  static PersonState decode(byte[] stored) {
    if (stored == null) {
      return new PersonState(new ArrayList<>(1));
    }
    ByteBuffer in = ByteBuffer.wrap(stored);
    int count = in.getInt();
    List<Entry> entries = new ArrayList<>(count + 1);
    for (int i = 0; i < count; i++) {
      UUID id = new UUID(in.getLong(), in.getLong());
      byte[] hash = new byte[HASH];
      in.get(hash);
      long timestamp = in.getLong();
      long offset = in.getLong();
      byte[] rest = new byte[in.getShort()];
      in.get(rest);
      entries.add(new Entry(id, hash, timestamp, offset, rest));
    }
    return new PersonState(entries);
  }

  /** Whether a message of this id has been answered before. */
  boolean knows(UUID id) {
    for (Entry entry : entries) {
      if (entry.id().equals(id)) {
        return true;
      }
    }
    return false;
  }

  /** Remember a message; of its body as much as fills the entry up to the wanted size. */
  void add(Message message, byte[] body, long timestamp, long offset, int entryBytes) {
    byte[] rest = new byte[Math.max(0, entryBytes - FIXED)];
    System.arraycopy(body, 0, rest, 0, Math.min(rest.length, body.length));
    entries.add(new Entry(message.uuid(), message.sha256(), timestamp, offset, rest));
  }

  byte[] encode() {
    int size = Integer.BYTES;
    for (Entry entry : entries) {
      size += FIXED + entry.rest().length;
    }
    ByteBuffer out = ByteBuffer.allocate(size);
    out.putInt(entries.size());
    for (Entry entry : entries) {
      out.putLong(entry.id().getMostSignificantBits());
      out.putLong(entry.id().getLeastSignificantBits());
      out.put(entry.sha256());
      out.putLong(entry.timestamp());
      out.putLong(entry.offset());
      out.putShort((short) entry.rest().length);
      out.put(entry.rest());
    }
    return out.array();
  }
}
