// SPDX-License-Identifier: MIT
/**
 * Two short tones for a payment, made by the browser itself. Browsers stay silent until the page was
 * touched once; `isBlocked` says so, and `onChange` is called when that ends.
 */
export class Sound {
  #context = null;

  constructor({ isOn, onChange }) {
    this.isOn = isOn;
    this.onChange = onChange;
    this.unlock = () => this.#unlock();
    document.addEventListener('pointerdown', this.unlock);
    document.addEventListener('keydown', this.unlock);
  }

  get isBlocked() {
    return this.isOn && this.#context?.state !== 'running';
  }

  toggle() {
    this.isOn = !this.isOn;
    if (this.isOn) {
      this.#unlock();
      this.play();
    }
  }

  play() {
    if (!this.isOn || !this.#context) return;
    const start = this.#context.currentTime + 0.01;
    this.#tone(880, start);
    this.#tone(1318.5, start + 0.14);
  }

  #open() {
    const AudioContext = window.AudioContext ?? window.webkitAudioContext;
    if (this.#context || !AudioContext) return;
    this.#context = new AudioContext();
    this.#context.addEventListener('statechange', () => this.onChange());
  }

  #unlock() {
    if (!this.isOn) return;
    this.#open();
    if (this.#context?.state === 'suspended') this.#context.resume().catch(() => {});
  }

  #tone(frequency, start) {
    const oscillator = this.#context.createOscillator();
    const gain = this.#context.createGain();
    oscillator.frequency.value = frequency;
    gain.gain.setValueAtTime(0.0001, start);
    gain.gain.exponentialRampToValueAtTime(0.25, start + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.0001, start + 0.3);
    oscillator.connect(gain).connect(this.#context.destination);
    oscillator.start(start);
    oscillator.stop(start + 0.32);
  }
}
