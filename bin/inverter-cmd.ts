#!/usr/bin/env node
import { wholeNumber } from "../lib/base/duration.ts";
import { run } from "../lib/cli/run-command.ts";
import {
  cancelOrder,
  LIST,
  listRegisters,
  SET_OPTIONS,
  setRegister,
  showLog,
  showQueue,
} from "../lib/jobs/inverter-cmd.ts";

run({
  spec: {
    name: "inverter-cmd",
    about: "Check and queue register writes for the inverter; show the queue and the journal of all orders.",
  },
  commands: [
    { spec: LIST, handler: listRegisters },
    {
      spec: {
        name: "set",
        about: "Check a value, show what it changes, and queue it for the next pv1800-dump.",
        writes: true,
        deadline_s: 90,
        arguments: [
          { name: "<name>", about: "register by name, or by address with a raw word as value" },
          { name: "<value>", about: "value in the register's unit, on/off, or a label" },
        ],
        options: SET_OPTIONS,
      },
      handler: setRegister,
    },
    {
      spec: { name: "queue", about: "Show what waits to be sent and the values that hold for a time." },
      handler: showQueue,
    },
    {
      spec: {
        name: "log",
        about: "Show the latest orders of all devices and what became of them.",
        options: [{ flags: "--limit <n>", about: "how many (default 20)", parse: wholeNumber(1, 10000), default: 20 }],
      },
      handler: showLog,
    },
    {
      spec: {
        name: "cancel",
        about: "Take an order out of the queue.",
        writes: true,
        arguments: [{ name: "<id>", about: "number of the order" }],
      },
      handler: cancelOrder,
    },
  ],
});
