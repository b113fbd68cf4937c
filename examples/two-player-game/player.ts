/**
 * A player, who is in one game or in none. It is an entity: it answers one question at a time, and while an
 * orchestration has locked it, nobody else's.
 */
import { entity, TaskEntity } from "dacapo";

export interface PlayerState {
  /** The game that the player is in. */
  game: string | null;
  played: number;
}

class Player extends TaskEntity<PlayerState> {
  protected override initializeState(): PlayerState {
    return { game: null, played: 0 };
  }

  isFree(): boolean {
    return this.state.game === null;
  }

  join(game: string): void {
    if (this.state.game !== null) throw new Error(`${this.context.id.key} is in the game ${this.state.game}.`);
    this.state.game = game;
  }

  leave(game: string): void {
    if (this.state.game !== game) return;
    this.state.game = null;
    this.state.played += 1;
  }
}

export const player = entity("player", Player);
