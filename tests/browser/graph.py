"""The page of a graph: what it shows at each step against what the engine computed."""

import math

from browser import ActionChains, By, Keys, number, run


def same(shown, expected):
    return math.isnan(shown) and math.isnan(expected) or shown == expected


def numbers_of(page, selector):
    """The numbers at full precision within an element."""
    shown = page.run("return [...document.querySelectorAll(arguments[0] + ' .number')].map(x => x.title)", selector)
    return [number(x) for x in shown]


def point(page, name):
    page.run("document.querySelector(`.node[data-name='${arguments[0]}']`).focus()", name)


def check_details(page, name, gradient):
    """The details show all digits of the engine's value, and of the gradient when it is there."""
    point(page, name)
    fact = page.expected[name]
    wanted = [number(x) for x in fact["value"] + (fact.get("gradient", []) if gradient else [])]
    shown = numbers_of(page, "#details")
    assert len(shown) == len(wanted), (name, shown, wanted)
    assert all(map(same, shown, wanted)), (name, shown, wanted)


def every_number(open_page):
    """all values and gradients at the last step are the engine's, to the last bit"""
    for name in ("scalars", "tensors", "chain"):
        page = open_page(name)
        page.press(Keys.END)
        for value in page.expected:
            check_details(page, value, gradient=True)
        page.check_console()
        page.check_screenshot()


def outcomes(open_page):
    """each forward step shows its node's number, each backward step what reaches the operands"""
    page = open_page("scalars")
    data = page.run("return JSON.parse(document.getElementById('data').textContent)")
    nodes = data["nodes"]
    received = {}
    passed = 0
    for step in range(1, int(page.find("#slider").get_attribute("max")) + 1):
        page.press(Keys.ARROW_RIGHT)
        assert page.step() == step
        phase = page.run("return document.body.dataset.phase")
        current = page.run("return Number(document.querySelector('.node.current').id.slice(5))")
        shown = numbers_of(page, "#equations .equation:not(.local) .outcome, #equations .equation:not(.local)")
        node = nodes[current]
        if phase == "forward":
            assert shown == node["value"]["elements"], (step, shown, node)
            if node["name"] in page.expected:
                assert shown == page.expected[node["name"]]["value"]
        elif phase == "seed":
            assert shown == [1.0]
        else:
            assert phase == "backward"
            for operand in node["operands"]:
                if "passes" not in operand:
                    continue
                passed += 1
                target = nodes[operand["node"]]["name"]
                received[target] = received.get(target, 0) + operand["passes"]["elements"][0]
            assert len(shown) == sum("passes" in o for o in node["operands"]), (step, shown)
    assert passed > 8
    # What was passed adds up to the engine's gradients.
    for name, fact in page.expected.items():
        if name != "f":
            assert math.isclose(received[name], fact["gradient"][0], rel_tol=1e-12), name
    page.check_console()


def formulas(open_page):
    """the worked example stands in the equations"""
    page = open_page("scalars")
    squashed, seen = page.expected["squashed"]["value"][0], []
    for _ in range(int(page.find("#slider").get_attribute("max"))):
        page.press(Keys.ARROW_RIGHT)
        seen.append(page.text("#equations"))
    total = page.expected["sum"]["value"][0]
    forward = next(text for text in seen if text.startswith("squashed"))
    assert "tanh(sum)" in forward and f"tanh({total:.6g})" in forward and f"{squashed:.6g}" in forward, forward
    backward = next(text for text in seen if text.startswith("∂f/∂sum"))
    assert "∂f/∂squashed · ∂squashed/∂sum" in backward, backward
    gradient, local = page.expected["squashed"]["gradient"][0], 1 - squashed**2
    assert f"{gradient:.6g} · {local:.6g}" in backward, backward


def tensor_formulas(open_page):
    """backward steps of tensors show the formula of the op, and both factors of an elementwise one"""
    page = open_page("tensors")
    seen = []
    for _ in range(int(page.find("#slider").get_attribute("max"))):
        page.press(Keys.ARROW_RIGHT)
        if page.run("return document.body.dataset.phase") == "backward":
            seen.append(page.text("#equations"))
            captions = page.run("return [...document.querySelectorAll('#equations figcaption')].map(x => x.textContent)")
            if "∂h/∂z1" in seen[-1]:
                # The derivative of the sigmoid, element by element.
                assert any(caption.startswith("∂h/∂z1") for caption in captions), captions
                values, inputs = page.expected["h"]["value"], numbers_of(page, "#equations figure:nth-of-type(2)")
                assert all(math.isclose(x, y * (1 - y), rel_tol=1e-12) for x, y in zip(inputs, values)), inputs
                assert len(inputs) == len(values)
    text = "\n".join(seen)
    assert "pullback" not in text, text
    loss = "∂loss/∂"
    for rule in (f"{loss}v2 @ transpose(W2, (1, 0))", f"transpose(h, (1, 0)) @ {loss}v2",
                 f"sum({loss}z2, axis=(0,))", f"{loss}h ⊙ ∂h/∂z1"):
        assert rule in text, (rule, text)
    # W2 has six elements, which stand in the formula.
    assert "transpose([[" in text, text
    page.open("#step=1")
    assert page.text("#equations").startswith("v1\n=\nX @ W1"), page.text("#equations")
    page.check_console()


def moving(open_page):
    """keys, buttons, slider and address lead to the same steps"""
    page = open_page("scalars")
    last = int(page.find("#slider").get_attribute("max"))
    assert page.step() == 0
    page.press(Keys.END)
    assert page.step() == last
    page.press(Keys.ARROW_LEFT)
    assert page.step() == last - 1
    page.press(Keys.HOME)
    assert page.step() == 0
    for button, step in (("forward", 1), ("forward", 2), ("back", 1), ("last", last), ("first", 0)):
        page.find(f"#player-{button}").click()
        assert page.step() == step, (button, page.step())
    page.run("const s = document.getElementById('slider'); s.value = 4; s.dispatchEvent(new Event('input'))")
    assert page.text("#count") == f"step 4 of {last}"
    at_four = page.text("#equations")
    page.open("#step=4")
    assert page.step() == 4 and page.text("#equations") == at_four
    # Before its step a value is not shown, and no gradient is before the way back.
    assert "not computed yet" in page.find(".node.future").get_attribute("aria-label")
    assert not page.all(".node.received")
    page.run("document.activeElement.blur()")
    page.press(Keys.SPACE)
    assert page.find("#player-play").get_attribute("aria-label").startswith("Pause")
    page.press(Keys.SPACE)
    assert page.find("#player-play").get_attribute("aria-label").startswith("Play")
    # What is in focus stays in the details until Escape.
    point(page, "x")
    page.press(Keys.END)
    assert page.text("#details h2") == "x"
    page.press(Keys.ESCAPE)
    assert page.text("#details h2") != "x"
    page.check_console()


def click(page, target):
    """As a mouse does it, whose button goes down before the click."""
    ActionChains(page.driver).move_to_element(target).click().perform()


def details_buttons(open_page):
    """the buttons in the details work under the mouse, of whichever card is in focus"""
    page = open_page("scalars")
    page.press(Keys.END, "0")
    click(page, page.find(".node[data-name='sum']"))
    assert page.text("#details h2") == "sum"
    click(page, page.find("#fold"))
    hidden = "return [...document.querySelectorAll('.node.hidden')].map(n => n.dataset.name)"
    assert sorted(page.run(hidden)) == ["product", "sine", "x"], page.run(hidden)
    assert page.text("#details h2") == "sum" and page.text("#fold") == "Unfold (F)"
    click(page, page.find("#fold"))
    assert not page.run(hidden) and page.text("#fold") == "Fold what serves sum alone (F)"
    for name in ("squashed", "f"):
        click(page, next(link for link in page.all("#details .links button") if link.text == name))
        assert page.text("#details h2") == name
        assert page.run("return document.activeElement.dataset.name") == name
    # The details stay while somebody reads in them, until the focus goes elsewhere.
    click(page, page.find("#details h3"))
    assert page.text("#details h2") == "f"
    click(page, page.find("#player-back"))
    assert page.text("#details h2") != "f"
    page.check_console()


def partial_sums(open_page):
    """a value with two uses receives its gradient in two parts"""
    page = open_page("scalars")
    page.press(Keys.END)
    while not page.all(".node.partial") and page.step() > 0:
        page.press(Keys.ARROW_LEFT)
    name = page.find(".node.partial").get_attribute("data-name")
    assert name in ("x", "y")
    point(page, name)
    assert "so far, from 1 of 2 uses" in page.text("#details")


def digits(open_page):
    """cards of scalars and small tables show six digits, as pictures do"""
    for name, value in (("scalars", "product"), ("tensors", "W2")):
        page = open_page(name)
        page.press(Keys.END)
        shown = page.run("""return [...document.querySelectorAll(`.node[data-name='${arguments[0]}'] .cell`)]
            .map((cell) => cell.firstChild.data)""", value)
        fact = page.expected[value]
        wanted = [f"{x:.6g}" for x in fact["value"] + fact["gradient"]]
        assert shown == wanted, (shown, wanted)
        # All of them under the pointer.
        titles = page.run("""return [...document.querySelectorAll(`.node[data-name='${arguments[0]}'] .cell`)]
            .map((cell) => cell.querySelector('title')?.textContent ?? cell.textContent)""", value)
        assert [number(title) for title in titles] == fact["value"] + fact["gradient"], titles
    page = open_page("large")
    page.press(Keys.END)
    assert page.run("""const [low, high] = document.querySelector(".node[data-name='W'] .grad title").textContent.split(' … ');
        return Number(low) === arguments[0] && Number(high) === arguments[1]""", page.expected["smallest"], page.expected["largest"])


def earlier_passes(open_page):
    """a leaf that had a gradient before shows the engine's sum, and says so"""
    page = open_page("twice")
    page.press(Keys.END)
    check_details(page, "x", gradient=True)
    assert page.expected["x"]["gradient"] == [8]
    assert "earlier backward passes" in page.text("#details")
    check_details(page, "y", gradient=True)
    assert "earlier" not in page.text("#details")


def searching(open_page):
    """search finds names, ops and formulas"""
    page = open_page("tensors")
    page.press("/")
    page.press("matmul")
    assert page.text("#found") == "2 found · Enter: go there"
    assert len(page.all(".node.found")) == 2
    page.press(Keys.ENTER)
    assert page.text("#found") == "1 of 2 · Enter: next"
    first = page.run("return document.querySelector('.node.pointed.found').id")
    page.press(Keys.ENTER)
    assert page.text("#found") == "2 of 2 · Enter: next"
    assert page.run("return document.querySelector('.node.pointed.found').id") != first
    page.find("#search").clear()
    page.find("#search").send_keys("no such thing")
    assert page.text("#found") == "0 found"
    page.find("#search").send_keys(Keys.ESCAPE)
    assert page.text("#found") == "" and not page.all(".node.found")
    page.check_console()


IN_SIGHT = """const card = document.querySelector(arguments[0]).getBoundingClientRect();
    const frame = document.getElementById('graph').getBoundingClientRect();
    return card.left >= frame.left && card.right <= frame.right && card.top >= frame.top && card.bottom <= frame.bottom"""


def search_moves(open_page):
    """typing brings the first hit in sight"""
    page = open_page("chain")
    last = page.run("return document.querySelector(\".node[data-name='y40']\").id")
    assert not page.run(IN_SIGHT, f"#{last}")
    page.press("/")
    page.press("y40")
    assert page.run(IN_SIGHT, f"#{last}")
    page.check_console()


def inside_cards(open_page):
    """values inside of folded cards are found; the banner leads there; the page begins readable there"""
    page = open_page("hidden_nan")
    data = page.run("return JSON.parse(document.getElementById('data').textContent)")
    holders = [i for i, node in enumerate(data["nodes"]) if "t199" in node.get("group", {}).get("members", [])]
    assert len(holders) == 1 and data["nodes"][holders[0]]["name"] != "t199"
    card, title = f"#node-{holders[0]}", data["nodes"][holders[0]]["call"]
    readable = "return document.querySelector('.node .name').getBoundingClientRect().height"
    start = next(i for i, node in enumerate(data["nodes"]) if "origin" in node.get("group", {}).get("members", []))
    assert data["nodes"][start]["trouble_starts"]
    assert page.run(IN_SIGHT, f"#node-{start}") and page.run(readable) > 8, page.run(readable)
    page.press("/")
    page.press("t199")
    assert page.text("#found").startswith(f"1 found · t199 is inside {title}"), page.text("#found")
    page.press(Keys.ENTER)
    assert page.run("return document.querySelector('.node.pointed').id") == card[1:]
    page.press(Keys.ESCAPE)
    # A click in the banner, from anywhere.
    page.press(Keys.END)
    page.run("document.querySelector('#player-first').click()")
    link = next(link for link in page.all("#trouble .link") if link.text == "t199")
    link.click()
    assert page.run("return document.activeElement.id") == card[1:] and page.run(IN_SIGHT, card)
    assert page.text("#message") == f"t199 is inside {title}", page.text("#message")
    assert [card.get_attribute("id") for card in page.all(".node.lit")] == [card[1:]]
    # What was folded when the page was written cannot be unfolded.
    assert not page.find("#unfold").is_enabled() and "values" in page.find("#unfold").get_attribute("title")
    # The last step is one of several ops.
    page.press(Keys.END)
    title = data["nodes"][1]["call"]
    assert page.text("#phase") == f"Backward: {title} pass their gradient on", page.text("#phase")
    page.check_console()


def fold_key(open_page):
    """F never folds all into the result, and says so; of a value it folds what serves that"""
    page = open_page("scalars")
    nodes = len(page.all(".node"))
    page.press("f")
    assert len(page.all(".node:not(.hidden)")) == nodes and "point at" in page.text("#message")
    point(page, "f")
    assert not page.all("#fold")
    page.press("f")
    assert len(page.all(".node:not(.hidden)")) == nodes and "everything" in page.text("#message")
    assert not page.find("#unfold").is_enabled()
    point(page, "squashed")
    page.press("f")
    assert page.find("#unfold").is_enabled() and page.text("#message") == ""
    # How many values are folded into a card does not cover what it says.
    covered = page.run("""const badge = document.querySelector('.node.folded .badge rect').getBoundingClientRect();
        return [...document.querySelectorAll('.node.folded text.label, .node.folded text.name')].filter((t) => {
          const r = t.getBoundingClientRect();
          return r.left < badge.right && badge.left < r.right && r.top + 2 < badge.bottom && badge.top < r.bottom;
        }).map((t) => t.textContent)""")
    assert not covered, covered
    # What is left of a long graph is still shown so that the card can be read.
    page = open_page("chain")
    point(page, "y3")
    page.press("f")
    assert page.text(".node.folded .badge").startswith("+") and page.run(IN_SIGHT, ".node.folded")
    assert page.run("return document.querySelector('.node.folded .name').getBoundingClientRect().height") > 8
    page.check_console()


def room(open_page):
    """the graph takes the height that the step does not need"""
    page = open_page("scalars")
    for step in range(3):
        heights = page.run("""const of = (id) => document.getElementById(id).getBoundingClientRect();
            return [of('stage').height / window.innerHeight, window.innerHeight - of('equations').bottom]""")
        assert heights[0] > 0.6 - 0.1 * step and heights[1] < 90, (step, heights)
        page.press(Keys.ARROW_RIGHT)
    page.check_console()


def folding(open_page):
    """folding hides what serves one value alone, and steps pass over it"""
    page = open_page("scalars")
    nodes, steps = len(page.all(".node:not(.hidden)")), int(page.find("#slider").get_attribute("max"))
    point(page, "squashed")
    page.press("f")
    hidden = page.run("return [...document.querySelectorAll('.node.hidden')].map(n => n.dataset.name)")
    # x serves nothing else; y does.
    assert sorted(hidden) == ["product", "sine", "sum", "x"], hidden
    assert page.text(".node.folded .badge") == "+4"
    assert len(page.all("#bridges .edge")) == 1
    # What is left is shown as large as it can be.
    fits = """const frame = document.getElementById('graph').getBoundingClientRect();
        const cards = [...document.querySelectorAll('.node:not(.hidden)')].map((n) => n.getBoundingClientRect());
        const inside = cards.every((c) => c.left >= frame.left && c.right <= frame.right && c.top >= frame.top && c.bottom <= frame.bottom);
        const middle = (Math.min(...cards.map((c) => c.left)) + Math.max(...cards.map((c) => c.right))) / 2;
        return inside && Math.abs(middle - frame.left - frame.width / 2) < 40"""
    assert page.run(fits)
    presses = 0
    while page.step() < steps:
        page.press(Keys.ARROW_RIGHT)
        presses += 1
    assert presses < steps
    page.press("u")
    assert page.run(fits)
    assert len(page.all(".node:not(.hidden)")) == nodes
    assert not page.all("#bridges path")
    page.check_console()


def module_folding(open_page):
    """the title of a module folds it into its last value, and outer modules hide inner ones"""
    page = open_page("modules")
    hidden = "return [...document.querySelectorAll('.node.hidden')].map(n => n.dataset.name)"
    titles = [title.text for title in page.all("text.module")]
    assert sorted(titles, reverse=True) == ["Sequential", "2 · Linear(3, 2)", "1 · Tanh", "0 · Linear(2, 3)"], titles
    steps = int(page.find("#slider").get_attribute("max"))

    def toggle(module):
        page.run("document.querySelector(`#module-${arguments[0]} text.module`).dispatchEvent(new Event('click'))", module)

    toggle(1)
    assert sorted(page.run(hidden)) == ["0.bias", "0.weight"], page.run(hidden)
    assert page.text(".node.folded .badge") == "+2"
    toggle(0)
    inside = page.run(hidden)
    assert "v1" in inside and "v2" in inside and "v3" not in inside and "loss" not in inside, inside
    assert not page.all(".cluster:not(.hidden)") and page.all("#bridges path")
    page.press(Keys.END)
    page.press(Keys.ARROW_LEFT)
    assert page.step() < steps - 1
    # The value that stands for a module unfolds it, and shows what is folded within.
    point(page, "v3")
    page.press("f")
    assert sorted(page.run(hidden)) == ["0.bias", "0.weight"]
    page.press("u")
    assert not page.run(hidden) and len(page.all(".cluster:not(.hidden)")) == 4
    page.check_console()


EDGE_STYLE = """const style = getComputedStyle(arguments[0].querySelector('path'));
    return [style.stroke, style.strokeDasharray, Number(style.strokeWidth.slice(0, -2))]"""


def folded_module_card(open_page):
    """a folded module has a card of its own, and edges that tell what flowed along them"""
    page = open_page("modules")
    data = page.run("return JSON.parse(document.getElementById('data').textContent)")
    page.press(Keys.END, "0")
    style = lambda edge: page.run(EDGE_STYLE, edge)
    last = max(i for i, node in enumerate(data["nodes"]) if node.get("module") == 1)
    passes = next(operand["passes"]["elements"] for node in data["nodes"] for operand in node.get("operands", [])
                  if operand.get("node") == last)
    outward = len([o for node in data["nodes"][:last + 1] for o in node.get("operands", []) if "node" in o])
    before = style(page.find(f"#edge-{outward}"))
    click(page, next(title for title in page.all("text.module") if title.text == "0 · Linear(2, 3)"))
    card = page.find(".node.folded")
    assert card.find_element(By.CSS_SELECTOR, ".name").text == "0 · Linear(2, 3)"
    assert data["nodes"][last]["name"] in card.find_element(By.CSS_SELECTOR, ".formula").text
    # It looks as the edge did that it stands for.
    bridges = page.all("#bridges .edge")
    assert len(bridges) == 2, len(bridges)
    kind = "positive" if min(passes) >= 0 else "negative" if max(passes) <= 0 else "mixed"
    assert kind in bridges[1].get_attribute("class").split() and style(bridges[1]) == before, (style(bridges[1]), before)
    point(page, data["nodes"][last]["name"])
    text = page.text("#details")
    assert text.startswith("0 · Linear(2, 3)\nfolded") and "9 in 2 tensors" in text, text
    norm = math.sqrt(sum(number(x) ** 2 for node in data["nodes"] if node["name"] in ("0.weight", "0.bias")
                         for x in node["gradient"]["elements"]))
    assert f"{norm:.6g}" in page.text("#held"), (norm, page.text("#held"))
    assert data["nodes"][last + 1]["name"] in page.text("#details section:last-of-type")
    page.check_screenshot()
    page.press("f")
    assert not page.all("#bridges .edge") and not page.all(".node.folded")
    # Before the backward pass reaches them, they are as pale as others.
    page.press(Keys.HOME)
    click(page, next(title for title in page.all("text.module") if title.text == "0 · Linear(2, 3)"))
    assert page.find("#bridges .edge").get_attribute("class").split() == ["edge", "bridge", "future"]
    page.check_console()
    # Of scalars that fold into one they add up.
    page = open_page("scalars")
    page.press(Keys.END, "0")
    point(page, "sum")
    page.press("f")
    assert len(page.all("#bridges .edge.vanishing")) == 1
    page.check_console()


def steps_in_folds(open_page):
    """a step whose card is folded away lights the card that it is folded into, and says where it is"""
    page = open_page("modules")
    current = "return [...document.querySelectorAll('.node.current')].map((n) => n.dataset.name)"
    page.press(Keys.ARROW_RIGHT)
    assert page.text("#phase") == "Forward: compute v1" and page.run(current) == ["v1"]
    page.run("document.querySelector('#module-0 text.module').dispatchEvent(new Event('click'))")
    last = page.run("return document.querySelector('.node.folded').dataset.name")
    assert last != "v1"
    expected = "Forward: compute v1, inside the folded Sequential"
    assert page.text("#phase") == expected, page.text("#phase")
    assert page.find("#slider").get_attribute("aria-valuetext") == expected
    assert page.run(current) == [last], page.run(current)
    # A reader who comes by the slider or the address sees the same.
    page.run("const s = document.getElementById('slider'); s.value = 2; s.dispatchEvent(new Event('input'))")
    assert page.text("#phase") == "Forward: compute v2, inside the folded Sequential", page.text("#phase")
    page.press("u")
    assert page.text("#phase") == "Forward: compute v2" and page.run(current) == ["v2"]
    # Folded into a value that is in no module, it names that value.
    page = open_page("scalars")
    point(page, "squashed")
    page.press("f")
    page.run("const s = document.getElementById('slider'); s.value = 1; s.dispatchEvent(new Event('input'))")
    assert page.text("#phase") == "Forward: compute product, inside the folded squashed", page.text("#phase")
    assert page.run(current) == ["squashed"], page.run(current)
    page.check_console()


def folded_cards(open_page):
    """a graph that is too large is folded; its cards are steps and say what they hold"""
    page = open_page("folded")
    assert "folded into 4 cards" in page.text("#folded"), page.text("#folded")
    assert len(page.all(".node")) == 4 and len(page.all(".node.group")) == 1
    norm = page.expected.pop("norm")
    page.press(Keys.ARROW_RIGHT)
    assert page.text("#phase") == "Forward: compute Layer(3) × 40"
    assert "40 tanh" in page.text("#equations"), page.text("#equations")
    page.press(Keys.ARROW_RIGHT)
    assert "early is one of the values in Layer(3) × 40" in page.text("#equations")
    page.press(Keys.END)
    assert page.text("#phase") == "Backward: Layer(3) × 40 passes its gradient on"
    assert f"norm {norm:.6g}" in page.text("#equations"), page.text("#equations")
    # What reaches x is the engine's gradient, in the step and on its card.
    shown = numbers_of(page, "#equations figure.outcome")
    assert shown == page.expected["x"]["gradient"], shown
    for name in page.expected:
        check_details(page, name, gradient=True)
    page.run("document.querySelector('.node.group').focus()")
    # Both values that leave it, on the card and beside it.
    assert "used elsewhere, early" in page.text("#details"), page.text("#details")
    assert page.run("""return [...document.querySelectorAll('.node.group text.label')].some((t) => t.textContent === 'early')""")
    held = page.text("#held")
    assert "480 in 80 tensors" in held and f"{norm:.6g}" in held, held
    assert len(page.all("#parameters tr")) == 24
    assert "w1" in page.text("#parameters")
    page.press("/")
    page.press("w2")
    # w2 itself, and w20 to w29.
    assert page.text("#found").startswith("11 found · w2 is inside Layer(3) × 40"), page.text("#found")
    page.check_console()
    page.check_screenshot()


def leaving_values(open_page):
    """of many values that leave a card some are listed, and it says how many more there are"""
    page = open_page("leaving")
    page.press(Keys.END)
    text = page.text("#equations")
    assert "… 2 more" in text, text
    page.check_console()


def dead_layer(open_page):
    """cards and details say where a gradient stops, once it came there, in another colour than NaN"""
    page = open_page("dead")
    marks = "return [...document.querySelectorAll('.node text.dead')].filter((t) => getComputedStyle(t).display !== 'none').map((t) => t.textContent)"
    assert not page.run(marks)
    assert "No gradient reaches w" in page.text("#trouble")
    color = "return getComputedStyle(document.querySelector('#trouble li')).color"
    amber = page.run(color)
    page.press(Keys.END)
    assert sorted(page.run(marks)) == ["gradient stops here", "gradient: all 0"], page.run(marks)
    outside = page.run("""return [...document.querySelectorAll('.node text.dead')].filter((t) => {
        const card = t.parentNode.querySelector('.box').getBoundingClientRect(), text = t.getBoundingClientRect();
        return text.bottom > card.bottom || text.right > card.right;
      }).length""")
    assert outside == 0, outside
    point(page, "rectified")
    assert "gradient stops here" in page.text("#details .warning.dead")
    page.check_console()
    page = open_page("not_a_number")
    assert page.run(color) != amber
    page.check_console()


def banner_links(open_page):
    """the names in the banner lead to their values, at a step at which their numbers are there"""
    page = open_page("dead")
    last = int(page.find("#slider").get_attribute("max"))
    click(page, next(link for link in page.all("#trouble .link") if link.text == "rectified"))
    assert page.step() == last
    assert page.text("#details h2") == "rectified"
    fact = page.expected["rectified"]
    assert numbers_of(page, "#details") == fact["value"] + fact["gradient"]
    # Where they are there already, the step stays.
    page.press(Keys.ARROW_LEFT)
    click(page, next(link for link in page.all("#trouble .link") if link.text == "rectified"))
    assert page.step() == last - 1
    page.check_console()
    links = """return linked(arguments[0], new Map(arguments[1].map((name, id) => [name, id])), () => {})
        .filter((part) => part.tagName).map((part) => part.textContent)"""
    names = ["0.weight", "0.bias", "20.weight", "x", "back", "a/b-c", "(", "0", "h3", "1 of 3"]
    for sentence, wanted in (
            ("The gradient vanishes on its way back, from 0.7 at 20.weight to 2e-05 at 0.weight: it shrinks",
             ["20.weight", "0.weight"]),
            ("it shrinks step by step; 0.weight, 0.bias receive less than a thousandth", ["0.weight", "0.bias"]),
            ("again NaN gradient from 0.weight on: the derivative of h3 (relu) in 0 Linear made it", ["0.weight", "h3"]),
            ("it flows back x (exp) → a/b-c (log) → x", ["x", "a/b-c", "x"]),
            ("No gradient reaches 10.weight: it stops at h33 (relu), h3.y", [])):
        shown = page.run(links, sentence, [name for name in names if name != "back"])
        assert shown == wanted, (sentence, shown)


def bad_path(open_page):
    """the way of a NaN is told in the names of the cards and drawn in double lines"""
    page = open_page("not_a_number")
    assert "NaN starts at v2 (log)" in page.text("#trouble"), page.text("#trouble")
    for line in page.all("#trouble li"):
        assert (line.get_attribute("class") == "bad") == ("NaN" in line.text), line.text
    assert any(node.get_attribute("data-name") == "v2" for node in page.all(".node.starts"))
    assert not page.all(".edge.path")
    # After the forward pass: those from the logarithm to the product and on to the result.
    page.run("const s = document.getElementById('slider'); s.value = 5; s.dispatchEvent(new Event('input'))")
    assert len(page.all(".edge.path")) == 2, len(page.all(".edge.path"))
    drawn = page.run("return [...document.querySelectorAll('.edge.path path.between')].filter((p) => getComputedStyle(p).display !== 'none').length")
    assert drawn == 2, drawn
    page.check_console()


def zooming(open_page):
    """wheel, buttons and keys zoom, dragging pans, and steps bring their node in sight"""
    page = open_page("chain")

    def view():
        return [float(x) for x in page.run(
            "return document.querySelector('#graph > svg').getAttribute('viewBox')").split()]

    page.press("0")
    whole = view()
    page.find("#zoom-in").click()
    assert view()[2] < whole[2]
    page.press("0")
    assert view() == whole
    page.run("""document.getElementById('graph').dispatchEvent(new WheelEvent('wheel',
        {deltaY: -200, clientX: 100, clientY: 200, cancelable: true}))""")
    assert view()[2] < whole[2]
    # Keys and buttons zoom around the card of the step.
    page.press("0")
    page.press(*[Keys.ARROW_RIGHT] * 3)
    middle = """const box = document.querySelector('.node.current .box').getBoundingClientRect();
        return [box.left + box.width / 2, box.top + box.height / 2]"""
    before = page.run(middle)
    page.press("+")
    assert all(math.isclose(a, b, abs_tol=1) for a, b in zip(before, page.run(middle))), before
    # Who zooms keeps that scale, until all is shown again.
    page.press("0")
    for _ in range(30):
        page.press(Keys.ARROW_RIGHT)
    inside = page.run("""const card = document.querySelector('.node.current').getBoundingClientRect();
        const frame = document.getElementById('graph').getBoundingClientRect();
        return card.left >= frame.left && card.right <= frame.right && card.width > 60""")
    assert inside
    page.check_console()


def legend(open_page):
    """the legend stands beside the graph, and explains what is drawn"""
    page = open_page("tensors")
    kinds = {item.text for item in page.all("#legend li")}
    assert "both" in kinds and "NaN or infinity; double where it starts" not in kinds, kinds
    assert page.run("""return document.getElementById('legend').getBoundingClientRect().top
        >= document.getElementById('graph').getBoundingClientRect().bottom""")
    page = open_page("before")
    assert not page.find("#legend").is_displayed()


def vanishing(open_page):
    """where the gradient has vanished, edges are grey and dashed as in a picture, and no others are"""
    page = open_page("scalars")
    page.press(Keys.END)
    # tanh is flat there: all that it was made from receives next to nothing.
    nodes = page.run("return JSON.parse(document.getElementById('data').textContent).nodes")
    lost = [node["name"] in ("product", "sine", "sum", "squashed") for node in nodes for _ in node.get("operands", [])]
    edges = [int(edge.get_attribute("id")[5:]) for edge in page.all(".edge")]
    assert 4 < sum(lost) < len(edges)
    drawn = page.run("""return [...document.querySelectorAll('.edge path:not(.beads)')].map((path) => {
        const style = getComputedStyle(path);
        const explained = getComputedStyle(document.querySelector('#legend .vanishing'), '::before').borderTopColor;
        return [style.strokeDasharray !== 'none', style.stroke === explained, style.strokeWidth === '1px'];
      })""")
    assert drawn == [[lost[edge]] * 3 for edge in edges], (drawn, lost)
    assert page.text("#legend .vanishing") == "vanishing" and not page.find("#legend .zero").is_displayed()
    # What flows in the step at hand is told by beads.
    page.press(Keys.ARROW_LEFT)
    operands = page.run("""const data = JSON.parse(document.getElementById('data').textContent);
        const node = data.nodes[Number(document.querySelector('.node.current').id.slice(5))];
        return node.operands.filter((operand) => operand.passes).length""")
    assert len(page.all(".edge .beads")) == len(page.all(".edge.flowing")) == operands > 0
    assert page.text("#legend .flow") == "flows back in this step"
    page.check_console()


def before_backward(open_page):
    """without gradients the page says so, and walks forward alone"""
    page = open_page("before")
    page.press(Keys.END)
    assert "No gradient yet" in page.text("#equations")
    assert not page.all(".node.received")
    point(page, "W1")
    assert "no gradient yet" in page.text("#details")
    for name in page.expected:
        check_details(page, name, gradient=False)
    page.check_console()
    page = open_page("leaves")
    page.press(Keys.END)
    assert "retain_grad" in page.text("#equations")
    for name in ("W1", "b1", "W2", "b2"):
        check_details(page, name, gradient=True)
    point(page, "loss")
    assert "not kept" in page.text("#details")
    page.check_console()


def hostile_names(open_page):
    """names that look like markup are text, and bad numbers are shown as what they are"""
    page = open_page("hostile")
    assert page.driver.title == "</title><script>throw 1</script>"
    page.press(Keys.END)
    names = [node.get_attribute("data-name") for node in page.all(".node")]
    assert any("</script>" in name for name in names) and any("<img" in name for name in names), names
    assert not page.all("img") and len(page.all("script")) == 2
    for index in range(len(names)):
        page.run("document.querySelectorAll('.node')[arguments[0]].focus()", index)
    assert page.all(".node.bad")
    # Where they start stands above the graph, and in a double border.
    trouble = page.text("#trouble")
    assert "NaN starts at" in trouble and "(log)" in trouble, trouble
    assert len(page.all(".node.bad.starts .start")) >= 2
    page.check_console()


def large_tensors(open_page):
    """large tensors are summarised"""
    page = open_page("large")
    page.press(Keys.END)
    point(page, "W")
    shown = numbers_of(page, "#details")
    assert page.expected["smallest"] in shown and page.expected["largest"] in shown, shown
    assert "5000" in page.text("#details")
    page.check_console()


run([every_number, outcomes, formulas, tensor_formulas, moving, details_buttons, partial_sums, earlier_passes, searching,
     search_moves, inside_cards, fold_key, room, digits, folding, module_folding, folded_module_card, steps_in_folds, folded_cards,
     leaving_values, dead_layer, banner_links, bad_path, zooming, legend, vanishing, before_backward, hostile_names, large_tensors])
