"""A look inside the network in place of the ten bars: what the pointer chooses in it, and what is seen.

`Tab` opens it. What it shows comes from digits/reading/inside.py; where is said by inside_layout.py, and
inside_drawing.py draws it.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from window.inside_layout import MAPS, SLIDERS, Geometry, geometry, slider_track
from window.layout import Layout

if TYPE_CHECKING:  # a second thread loads them
    from digits.reading.inside import Look
    from digits.reading.prediction import Prediction
    from digits.reading.recogniser import Recogniser

Place = tuple[str, tuple[int, int, int]]  # a layer, and the row, column and channel of a value in it
SAME = 1e-3  # probabilities that differ by less are the same but for rounding
CENTRED = 0.04  # of a slider's length: so near to none is none


def places_of(layout: Layout) -> Geometry:
    """Where maps, outputs and sliders are: in the place of the bars."""
    return geometry(layout.bars, layout.unit)


@dataclass
class Inside:
    """What is shown of the inside of the network, and what the pointer has chosen there."""

    is_open: bool = False
    pinned: Place | None = None
    pinned_digit: int | None = None  # whose saliency is shown, where somebody has asked for it
    amounts: list[float] = field(default_factory=lambda: [0.0] * len(SLIDERS))
    dragged: int | None = None  # the slider that the pointer holds
    look: "Look | None" = None
    differs: bool = False  # the answer is not of this look alone
    _looked_at: "tuple[Recogniser, bytes, int | None, tuple[float, ...]] | None" = None

    # ── the pointer ───────────────────────────────────────────────────────────────────────────

    def value_at(self, position: tuple[int, int] | None, layout: Layout) -> Place | None:
        """The value under the pointer, if any; of an output its logit."""
        if position is None or not self.is_open:
            return None
        places = places_of(layout)
        for maps in MAPS:
            rect, columns, scale = places.maps[maps.name]
            if rect.collidepoint(position):
                cell = (maps.side + 1) * scale
                column, x = divmod(position[0] - rect.left, cell)
                row, y = divmod(position[1] - rect.top, cell)
                f = row * columns + column
                i, j = y // scale, x // scale
                if f < maps.number and i < maps.side and j < maps.side:
                    return maps.name, (i, j, f)
        digit = self.digit_at(position, layout)
        return None if digit is None else ("dense2", (0, 0, digit))

    def digit_at(self, position: tuple[int, int] | None, layout: Layout) -> int | None:
        """The output under the pointer."""
        if position is None or not self.is_open:
            return None
        hits = [k for k, rect in enumerate(places_of(layout).outputs) if rect.collidepoint(position)]
        return hits[0] if hits else None

    def press(self, position: tuple[int, int], layout: Layout) -> bool:
        """Whether something is pressed: a slider, a value to pin or let go, the frame to restore."""
        if self.is_changed and layout.frame.collidepoint(position):
            self.restore()
            return True
        if not self.is_open or not layout.bars.collidepoint(position):
            return False
        for k, rect in enumerate(places_of(layout).sliders):
            if rect.collidepoint(position):
                self.dragged = k
                self.drag(position, layout)
                return True
        place = self.value_at(position, layout)
        self.pinned = None if place == self.pinned else place
        self.pinned_digit = self.pinned[1][2] if self.pinned and self.pinned[0] == "dense2" else None
        return True

    def drag(self, position: tuple[int, int], layout: Layout) -> None:
        """The slider that is held is where the pointer is."""
        if self.dragged is None:
            return
        track = slider_track(places_of(layout).sliders[self.dragged], layout.unit)
        share = min(max((position[0] - track.left) / track.width, 0), 1)
        slider = SLIDERS[self.dragged]
        none = -slider.low / (slider.high - slider.low)
        share = none if abs(share - none) < CENTRED else share
        self.amounts[self.dragged] = slider.low + share * (slider.high - slider.low)

    # ── what is shown ─────────────────────────────────────────────────────────────────────────

    def update(
        self,
        prediction: "Prediction | None",
        recogniser: "Recogniser | None",
        pointer: tuple[int, int] | None,
        layout: Layout,
    ) -> None:
        """Look again if the frame, the digit asked for or a slider has changed."""
        if not self.is_open or prediction is None or recogniser is None:
            self.look = self._looked_at = None
            return
        from digits.reading.inside import corrupted  # the second thread has imported NumPy by now

        hovered = self.digit_at(pointer, layout)
        digit = hovered if hovered is not None else self.pinned_digit
        now = (recogniser, prediction.network_input.tobytes(), digit, tuple(self.amounts))
        if now == self._looked_at:
            return
        self.look = recogniser.look(corrupted(prediction.network_input, *self.amounts), digit)
        largest = abs(self.look.probabilities - prediction.probabilities).max()
        self.differs = not self.is_changed and bool(largest > SAME)
        self._looked_at = now

    @property
    def is_changed(self) -> bool:
        """Whether sliders have changed the frame that is looked at."""
        return self.is_open and any(self.amounts)

    @property
    def change(self) -> str:
        """'Turn 12°, Noise 0.30'."""
        pairs = zip(SLIDERS, self.amounts, strict=True)
        return ", ".join(
            f"{slider.name} {slider.text.format(amount)}" for slider, amount in pairs if amount
        )

    def restore(self) -> None:
        """Look at the frame as it is."""
        self.amounts = [0.0] * len(SLIDERS)
