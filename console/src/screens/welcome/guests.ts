// Who is being greeted now: nobody twice, at most as many as there is room for, each for as long as the house wants. No browser
// in here, so that it can be tested alone.

import type { Greeting } from "./box.ts";

export interface Guest {
  greeting: Greeting;
  until: number;
}

export interface Rules {
  stay: number;
  room: number;
  vipLarge: boolean;
}

export class Guests {
  private all: Guest[] = [];

  /** Somebody arrives; whoever is greeted already stays for longer. Whether somebody new is greeted. */
  arrive(greeting: Greeting, now: number, rules: Rules): boolean {
    const until = now + rules.stay;
    const known = this.all.find(
      (guest) => guest.greeting.who === greeting.who && guest.greeting.kind === greeting.kind,
    );
    if (known) {
      known.until = until;
      return false;
    }
    this.all.unshift({ greeting, until });
    this.all.length = Math.min(this.all.length, rules.room);
    return true;
  }

  /** Takes leave of those whose time is over; whether anybody went. */
  leave(now: number): boolean {
    const before = this.all.length;
    this.all = this.all.filter((guest) => guest.until > now);
    return this.all.length !== before;
  }

  /** The newest first. */
  list(): readonly Greeting[] {
    return this.all.map((guest) => guest.greeting);
  }

  /** A VIP who has the whole screen. */
  honoured(rules: Rules): Greeting | undefined {
    return rules.vipLarge ? this.list().find((greeting) => greeting.kind === "vip") : undefined;
  }
}
