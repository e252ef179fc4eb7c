import { type ModbusTcpServer, type RegisterStore, refuse, serveModbusTcp } from "../modbus/tcp-server.ts";
import { type AnsweringSlave, infoOf, type SlaveRequest } from "./modbus-slave.ts";
import type { WireLog } from "./wire-log.ts";

/**
 * Serves a simulated inverter over Modbus/TCP, as a gateway that speaks MBAP would. The log gets writes and forbidden reads, one
 * entry a register; a write whose acknowledgement should be lost is answered all the same. @throws PortGone
 */
export function serveInverter(
  inverter: AnsweringSlave,
  options: { readonly port: number; readonly log?: WireLog },
): Promise<ModbusTcpServer> {
  let requests = 0;
  const ask = (addr: number, functionCode: 3 | 6, data: Uint8Array): Uint8Array | null => {
    const request: SlaveRequest = { unit: inverter.slave, functionCode, start: addr, count: 1, data };
    const wasWedged = inverter.wedged;
    const pdu = inverter.answerPdu(request);
    const isForbidden = inverter.wedged && !wasWedged;
    if (functionCode === 6 || isForbidden) {
      requests += 1;
      options.log?.add({
        device: inverter.name,
        direction: ">",
        hex: "",
        request: requests,
        info: infoOf(request),
        notes: isForbidden ? ["FORBIDDEN"] : [],
      });
    }
    if (pdu !== null && (pdu[0] as number) > 0x80) throw refuse(pdu[1] as number);
    return pdu;
  };
  const store: RegisterStore = {
    get: (addr) => {
      const pdu = ask(addr, 3, new Uint8Array(0)) as Uint8Array;
      return (pdu[2] as number) * 256 + (pdu[3] as number);
    },
    set: (addr, word) => {
      ask(addr, 6, Uint8Array.of(word >>> 8, word & 0xff));
    },
  };
  return serveModbusTcp(store, { port: options.port, slave: inverter.slave });
}
