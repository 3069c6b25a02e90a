import torch

from tts.nn.recurrent import BidirectionalLSTM, SteppableLSTM


def test_steps_equal_the_whole_sequence():
    lstm, x = SteppableLSTM(6, 5), torch.randn(3, 8, 6)
    state, steps = lstm.initial_state(x), []
    for t in range(8):
        state = lstm.step(x[:, t], state)
        steps.append(state[0])
    torch.testing.assert_close(torch.stack(steps, 1), lstm(x)[0])


def test_unrolled_equals_stepping_in_outputs_and_all_gradients():
    lstm = SteppableLSTM(6, 5).double()
    known, rest = torch.randn(3, 8, 4).double(), torch.randn(3, 8, 2).double()

    def gradients(run):
        inputs = [known.clone().requires_grad_(), rest.clone().requires_grad_()]
        out = run(*inputs)
        out.square().sum().backward()
        found = [out.detach(), *(x.grad for x in inputs), *(p.grad.clone() for p in lstm.parameters())]
        lstm.zero_grad()
        return found

    def unrolled(known, rest):
        steps, state, out = lstm.unrolled(known), lstm.initial_state(known), []
        for t in range(8):
            state = steps.step(t, rest[:, t] + state[0].mean(), state)  # the rest depends on the past
            out.append(state[0])
        return torch.stack(out, 1)

    def stepped(known, rest):
        state, out = lstm.initial_state(known), []
        for t in range(8):
            state = lstm.step(torch.cat((known[:, t], rest[:, t] + state[0].mean()), 1), state)
            out.append(state[0])
        return torch.stack(out, 1)

    for fast, slow in zip(gradients(unrolled), gradients(stepped)):
        torch.testing.assert_close(fast, slow, atol=1e-10, rtol=1e-8)


def test_padding_is_ignored():
    lstm, x, lengths = BidirectionalLSTM(4, 3), torch.randn(2, 7, 4), torch.tensor([7, 4])
    out = lstm(x, lengths)
    torch.testing.assert_close(out[1:, :4], lstm(x[1:, :4], lengths[1:]))
    assert out[1, 4:].abs().max() == 0
