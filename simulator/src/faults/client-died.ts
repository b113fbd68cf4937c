/**
 * Thrown through a client's call when the client dies between its request and the answer. It never leaves the
 * simulator: whoever stands for the client's next life catches it, and sends the same request again.
 */
export class ClientDied extends Error {}
