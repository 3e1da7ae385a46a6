"""The SPSS file says what `Resultat` says, with labels, missing values and every letter; read back by pyreadstat."""

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pyreadstat
import pytest

from exports import groups
from exports.contents import Contents, Entry
from exports.export import FILES, Selection
from exports.spss import NOT_ASKED, NOT_SHOWN, fit, name_of, variables_of, write_sav
from survey.installation import Installation
from tests.outsider import table
from tests.population import FORM, Population
from tests.stored import play

Case = dict[str, Any]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> list[Contents]:
    """An association with groups of every grade."""
    return play(tmp_path_factory, migrated_file, Population("a", [12, 4, 1], seed=2), [2026])


def sav(contents: Sequence[Contents]) -> bytes:
    out = BytesIO()
    write_sav(contents, out)
    return out.getvalue()


def read(file: bytes, folder: Path) -> tuple[list[Case], Any]:
    """The cases, missing values as they stand, and what the file says of its variables."""
    (folder / "siffror.sav").write_bytes(file)
    cases, about = pyreadstat.read_sav(folder / "siffror.sav", user_missing=True, output_format="polars")
    return cases.to_dicts(), about


def test_every_figure_of_resultat_is_there_and_no_other(sqlite_installation: Installation, tmp_path: Path) -> None:
    with sqlite_installation.writing() as db:
        Population("a", [12, 4, 1], seed=2).play(db, groups.close, years=[2026])
        workbook, file = BytesIO(), BytesIO()
        FILES["xlsx"].write(db, Selection("a", FORM), workbook)
        FILES["sav"].write(db, Selection("a", FORM), file)
    cases, _about = read(file.getvalue(), tmp_path)
    told = {(case["team"] or "Förbundet a", case["period"]): case for case in cases}
    counts = 0
    for row in table(workbook.getvalue(), "Resultat"):
        case, question = told[row["grupp"], row["period"]], row["fråga"]
        assert case["bas"] >= int(row["bas"])
        if row["svar"] == "positiva" and row["antal"]:
            assert (case[f"{question}_pos"], case[f"{question}_pos_bas"]) == (int(row["andel"]), int(row["bas"]))
        elif row["antal"]:
            code = row["svar"].replace("-", "m")
            found = (case[f"{question}_n_{code}"], case[f"{question}_p_{code}"])
            assert found == (int(row["antal"]), int(row["andel"]))
            counts += 1
    stood = sum(case[name] >= 0 for case in cases for name in case if "_n_" in name and "saknas" not in name)
    assert counts - stood == sum(row["svar"] == "saknas" for row in table(workbook.getvalue(), "Resultat"))


def test_what_is_not_shown_is_missing_and_says_why(shown: list[Contents], tmp_path: Path) -> None:
    cases, about = read(sav(shown), tmp_path)
    withheld = next(case for case in cases if case["grad"] == 3)
    figures = [name for name in withheld if name.startswith("du_") and not name.endswith("_grad")]
    assert figures
    assert {withheld[name] for name in (*figures, "bas")} == {NOT_SHOWN}
    assert "Färre än 10 svar" in withheld["skal"]
    assert all(about.missing_ranges[name] == [{"lo": -99.0, "hi": -55.0}] for name in figures)
    assert about.variable_value_labels[figures[0]] == {float(NOT_SHOWN): "Visas inte", float(NOT_ASKED): "Ingår inte"}
    to_spss, _about = pyreadstat.read_sav(tmp_path / "siffror.sav", output_format="polars")
    assert to_spss.filter(to_spss["grad"] == 3).head(1).select(figures).null_count().sum_horizontal()[0] == len(figures)


def test_coarse_figures_are_steps_with_words(shown: list[Contents], tmp_path: Path) -> None:
    cases, about = read(sav(shown), tmp_path)
    coarse = next(case for case in cases if case["grad"] == 2)
    assert coarse["du_m1_kansla_pos"] == NOT_SHOWN
    assert about.variable_value_labels["du_m1_kansla_steg"][coarse["du_m1_kansla_steg"]].startswith(
        ("högst", "ungefär", "minst")
    )


def test_a_question_that_came_later_was_not_asked_before(shown: list[Contents], tmp_path: Path) -> None:
    newest, oldest = shown[0], shown[-1]
    later = next(entry for entry in newest.book if entry.counted)
    older = replace(oldest, book=tuple(e for e in oldest.book if e.id != later.id), items=())
    cases, _about = read(sav([newest, older]), tmp_path)
    assert {value for name, value in cases[1].items() if name.startswith(f"{later.id}_")} == {NOT_ASKED}
    assert NOT_ASKED not in cases[0].values()


def test_variables_come_from_the_form_and_never_from_the_answers(shown: list[Contents], tmp_path: Path) -> None:
    for some in (shown, shown[:1], [replace(shown[0], grade="withheld", base=None, items=())]):
        cases, about = read(sav(some), tmp_path)
        assert len(cases) == len(some)
        assert about.column_names[10:] == [variable.name for variable in variables_of(shown[0].book)]


def test_labels_hold_question_and_answer(shown: list[Contents], tmp_path: Path) -> None:
    _cases, about = read(sav(shown), tmp_path)
    labels = about.column_names_to_labels
    assert labels["du_m1_kansla_n_5"].startswith("Hur kändes mötet? :: ")
    assert labels["du_m1_kansla_n_5"].endswith(": antal")
    assert all(len(label.encode()) <= 256 for label in labels.values())
    assert about.variable_measure["du_m1_kansla_n_5"] == "scale"
    assert about.variable_measure["du_m1_kansla_steg"] == "ordinal"


def test_long_texts_are_cut_between_letters_and_keep_their_end(shown: list[Contents], tmp_path: Path) -> None:
    long = tuple(replace(entry, text={"sv": "å" * 500}) for entry in shown[0].book)
    _cases, about = read(sav([replace(shown[0], book=long, association_name="Förbundet Åsö " * 50)]), tmp_path)
    label = about.column_names_to_labels["du_m1_kansla_pos"]
    assert label == "å" * ((256 - len(" :: andel positiva, procent")) // 2) + " :: andel positiva, procent"
    assert fit("ö" * 10, 7) == "ööö"


def test_names_are_short_different_and_allowed() -> None:
    taken: set[str] = set()
    given = [name_of(question, "_n_1", taken) for question in ("a" * 80, "a" * 90, "A" * 80, "1:a frågan", "frågå")]
    assert len({name.lower() for name in given}) == len(given)
    for name in given:
        assert len(name.encode()) <= 64
        assert name.isascii()
        assert name[0].isalpha()
        assert name.replace("_", "").isalnum()
    assert name_of("q", "_n_m66", taken) == "q_n_m66"
    assert name_of("and", "", taken) != "and"


def test_names_of_codes_never_collide(shown: list[Contents]) -> None:
    entry = next(entry for entry in shown[0].book if entry.poled)
    twins: list[Entry] = [replace(entry, id="q"), replace(entry, id="Q")]
    names = [variable.name.lower() for variable in variables_of(twins)]
    assert len(names) == len(set(names))


def test_the_same_figures_give_the_same_bytes_dated_by_the_release(shown: list[Contents], tmp_path: Path) -> None:
    _cases, about = read(sav(shown), tmp_path)
    assert f"{about.creation_time:%Y-%m-%d %H:%M}" == "2027-01-01 00:00"
    assert sav(shown) == sav(shown)
