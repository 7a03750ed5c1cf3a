// node read_with_icaljs.mjs MODULE FILE...: what ical.js, parsing strictly, reads in each file, as a line of JSON.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [module, ...files] = process.argv.slice(2);
const { default: ICAL } = await import(pathToFileURL(module));
ICAL.design.strict = true;

function time(value) {
  return value.isDate ? value.toString() : value.toUnixTime();
}

for (const file of files) {
  const calendar = new ICAL.Component(ICAL.parse(readFileSync(file, "utf-8")));
  ICAL.TimezoneService.reset(); // the time zones of this file and no others
  for (const zone of calendar.getAllSubcomponents("vtimezone")) {
    ICAL.TimezoneService.register(new ICAL.Timezone(zone));
  }
  const events = calendar.getAllSubcomponents("vevent").map((component) => {
    const event = new ICAL.Event(component);
    return [event.uid, time(event.startDate), time(event.endDate), event.summary, event.sequence];
  });
  console.log(JSON.stringify(events));
}
