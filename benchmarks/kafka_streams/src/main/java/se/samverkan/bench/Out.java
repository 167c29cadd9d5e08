package se.samverkan.bench;

import org.apache.kafka.common.header.Headers;

/** One record to be written: what the sink's serializer and partitioner need to know of it. */
record Out(int partition, byte[] value, Headers headers) {}
