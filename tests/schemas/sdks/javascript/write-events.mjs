// Events from the input, one a line; what the SDK writes of each in both modes, one a line.
import { readFileSync } from "node:fs";
import { CloudEvent, Kafka } from "cloudevents";

const base64 = (text) => Buffer.from(text).toString("base64");
// A Kafka client takes texts and bytes: the SDK leaves data that are an object to its caller.
const bytes = (value) => base64(typeof value === "string" ? value : JSON.stringify(value));

for (const line of readFileSync(0, "utf8").trim().split("\n")) {
  const event = new CloudEvent(JSON.parse(line));
  for (const mode of ["binary", "structured"]) {
    const { key, headers, value } = Kafka[mode](event);
    // An attribute that is not there has no text; Kafka clients leave it out.
    const said = Object.entries(headers).filter(([, text]) => text !== undefined);
    const pairs = said.map(([name, text]) => [name, base64(text)]);
    console.log(JSON.stringify({ mode, key, headers: pairs, value: bytes(value) }));
  }
}
