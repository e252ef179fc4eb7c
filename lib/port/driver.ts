/** The serial driver: a file of its own, loaded where a tty is opened. */
export { SerialPort } from "serialport";
