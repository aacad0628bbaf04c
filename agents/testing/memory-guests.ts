/** The guests that the operator has named, inside one process; see memory-bus.ts. */
import type { Guest } from "../base/guests.ts";
import type { GuestBook } from "../bus/bus.ts";

export function memoryGuests(): GuestBook {
  let guests: readonly Guest[] = [];
  return {
    read: async () => guests,
    change: async (change) => {
      guests = change(guests);
    },
  };
}
