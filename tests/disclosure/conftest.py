import pytest

from tests.disclosure.nations import Nations


@pytest.fixture(scope="module")
def nations(tmp_path_factory) -> Nations:
    folder = tmp_path_factory.mktemp("nations")
    # By this key figures are rounded.
    (folder / "identity.key").write_text("07" * 32)
    with pytest.MonkeyPatch.context() as home:
        home.setenv("GATEHOUSE_HOME", str(folder))
        yield Nations(folder)
