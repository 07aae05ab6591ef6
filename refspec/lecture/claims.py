"""Every statement of the lecture, in our own words.

A claim is one row: what the slide states, made precise. Where the slide's
sentence needs a condition, the row says which, and what breaks it without.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["CLAIMS", "KINDS", "SECTIONS", "Claim"]

KINDS = MappingProxyType(
    {
        "D": "definition",
        "X": "worked example",
        "T": "theorem",
        "C": "conditional",
        "E": "empirical, to be measured",
    }
)

SECTIONS = MappingProxyType(
    {
        1: "Introduction: images as tensors",
        2: "Intuition: the sliding window",
        3: "Architecture",
        4: "Padding and receptive field",
        5: "Stride and special convolutions",
        6: "Pooling and ReLU",
        7: "LeNet-5",
        8: "Batch normalization",
        9: "Practice",
    }
)


@dataclass(frozen=True)
class Claim:
    """One row of the lecture.

    Attributes
    ----------
    id : str
        Section and number, such as ``"4.6"``.
    title : str
        What it is about, in a few words.
    slide : str
        The title of the slide, or of several.
    kinds : frozenset of str
        Among `KINDS`; a row may have several.
    statement : str
    condition : str
        What the slide's sentence needs, and does not say.
    counterexample : str
        The smallest input that breaks it without that.
    note : str
        What is corrected, filled in or left open.

    """

    id: str
    title: str
    slide: str
    kinds: frozenset[str]
    statement: str
    condition: str = ""
    counterexample: str = ""
    note: str = ""

    @property
    def section(self) -> int:
        """The section's number."""
        return int(self.id.split(".")[0])


def _claim(
    id_: str,
    title: str,
    slide: str,
    kinds: str,
    statement: str,
    condition: str = "",
    counterexample: str = "",
    note: str = "",
) -> Claim:
    return Claim(
        id_,
        title,
        slide,
        frozenset(kinds.split()),
        statement,
        condition,
        counterexample,
        note,
    )


_ROWS = (
    _claim(
        "1.1",
        "Flattening, and what it costs",
        "O que significa achatar uma imagem?",
        "D C",
        (
            "Flattening lays an H x W x C image out as a vector of H W C "
            "numbers, the channels of a pixel first, then the pixels of a "
            "row, then the rows. Unflattening restores it."
        ),
        condition=(
            "That flattening destroys holds of neighbourhood only: "
            "neighbouring pixels stay neighbours in the vector only in an "
            "image of a single column (or row). No number is lost."
        ),
        counterexample=(
            "An image of 2 x 2 pixels: the first pixel and the one below it "
            "stand two places apart."
        ),
    ),
    _claim(
        "1.2",
        "A dense layer is blind to neighbourhood",
        ("O que significa achatar uma imagem? / Por que isso é um problema?"),
        "T",
        (
            "A dense layer is blind to neighbourhood: permute the pixels "
            "and the columns of its weights alike, and its output is "
            "unchanged. A convolution has no such freedom once its kernel "
            "is larger than one cell and stands in more than one place; a "
            "1 x 1 convolution has all of it."
        ),
        counterexample=(
            "The image 0, 1, 0 in a row with the kernel 1, 1: no order of "
            "the two weights makes up for exchanging the first two pixels."
        ),
        note=(
            "A kernel as large as the image stands in one place, and is a "
            "dense layer."
        ),
    ),
    _claim(
        "1.3",
        "How much more a dense layer weighs",
        "Por que isso é um problema?",
        "C",
        (
            "A dense layer that makes the same output volume has more "
            "weights and more multiplications than the convolution."
        ),
        condition=(
            "More weights exactly when H W H' W' > KH KW / G; more "
            "multiplications exactly when H W > KH KW / G."
        ),
        counterexample=(
            "As many where the kernel is the image; fewer for an image of 1 "
            "x 1 with K = 3 and P = 1, where the convolution has 9 weights "
            "and the dense layer 1."
        ),
    ),
    _claim(
        "1.4",
        "A dense layer learns each position alone",
        "Por que isso é um problema?",
        "T",
        (
            "The gradient of a dense weight is dy times its own pixel: a "
            "position that is never lit in training never learns. A weight "
            "of a convolution learns from every position."
        ),
    ),
    _claim(
        "1.5",
        "Images as tensors",
        "Como imagens realmente são representadas",
        "D",
        (
            "An image is H x W x C: one channel is grey, three are red, "
            "green and blue, more are allowed. Layers want C x H x W; "
            "anything of another rank is refused."
        ),
    ),
    _claim(
        "1.6",
        "Colour to grey",
        "Exemplo visual: imagem do porquinho Waddles",
        "D C",
        (
            "The grey level of a pixel is (299 R + 587 G + 114 B) / 1000. A "
            "grey image is a fixed point."
        ),
        condition=(
            "In exact arithmetic, or where the sum is divided once. With "
            "the weights 0.299, 0.587 and 0.114 as floats, their sum is not "
            "1."
        ),
        counterexample="With float weights 65 of the 256 grey levels move.",
        note=(
            "The weights are those of ITU-R BT.601; the slide says only "
            "that the image is converted."
        ),
    ),
    _claim(
        "1.7",
        "Convolution moves with the image",
        "A solução: redes convolucionais (CNNs)",
        "T",
        (
            "A convolution is equivariant to translation: shift the input, "
            "and the feature map shifts alike. With stride 1 away from the "
            "border; with stride S by shifts that are multiples of S; "
            "everywhere with circular padding when S divides the size."
        ),
    ),
    _claim(
        "1.8",
        "Parameters do not depend on the image's size",
        "A solução: redes convolucionais (CNNs)",
        "T",
        (
            "The number of a convolution's parameters does not depend on "
            "the height and width of the image."
        ),
    ),
    _claim(
        "1.9",
        "Which layers see space",
        "A solução: redes convolucionais (CNNs)",
        "C",
        ("Convolution, pooling and normalization are all spatial operations."),
        condition=(
            "Convolution with K > 1 and pooling are. Batch norm, ReLU and 1 "
            "x 1 convolution commute with any permutation of the pixels: "
            "they do not see space."
        ),
        counterexample=(
            "A 1 x 1 convolution of a row of two pixels: exchange the "
            "pixels, and the answers are exchanged."
        ),
    ),
    _claim(
        "1.10",
        "Convolutional against dense nets",
        (
            "A solução: redes convolucionais (CNNs) / O que queremos "
            "detectar em imagens?"
        ),
        "E",
        (
            "A convolutional net is faster and more accurate than a dense "
            "one of equally many parameters, on the same digits and on "
            "shifted ones."
        ),
    ),
    _claim(
        "2.1",
        "The windows of an image",
        "A ideia de uma janela deslizante",
        "D T",
        (
            "The windows of an image are all its K x K regions, in order; "
            "their number is the output size, and a window is the receptive "
            "field of one layer: RF_1 = K_eff."
        ),
    ),
    _claim(
        "2.2",
        "A filter is the same everywhere",
        "O que é um filtro (kernel)?",
        "T",
        (
            "A filter has the same weights everywhere: every output cell is "
            "the same function of its own window and of nothing else."
        ),
        note=(
            "Fixed weights are fixed within a pass, and learned between "
            "passes."
        ),
    ),
    _claim(
        "2.3",
        "The response of one window",
        "Aplicando um filtro de borda vertical",
        "D",
        (
            "The response of a window to a kernel: multiply cell by cell, "
            "then sum."
        ),
    ),
    _claim(
        "2.4",
        "The worked example: 32.64",
        (
            "Matriz da imagem: valores reais da região 3x3 / Resultado: o "
            "valor da convolução"
        ),
        "X",
        "The window X and the filter F of the slides give 32.64.",
        note=(
            "Exact in decimals and fractions. Floats give "
            "32.640000000000015, inside the bound of nine products."
        ),
    ),
    _claim(
        "2.5",
        "What the sign of an edge filter says",
        "Resultado: o valor da convolução",
        "C T",
        (
            "The sign of the response to this F is that of the sum of the "
            "window's right column less that of its left one."
        ),
        condition=(
            "That a response other than 0 means a vertical edge does not "
            "follow: one odd pixel suffices, and an edge need not be "
            "vertical."
        ),
        counterexample=(
            "A window with a single lit pixel at its right border answers "
            "1. The slide's window answers the transposed filter with "
            "-45.09, which is stronger."
        ),
    ),
    _claim(
        "2.6",
        "The feature map",
        "Resultado: o valor da convolução",
        "D",
        (
            "A feature map is the response of every window of an image, in "
            "order."
        ),
    ),
    _claim(
        "2.7",
        "Convolution or cross-correlation",
        "Resultado: o valor da convolução",
        "T",
        (
            "What the slide calls convolution is cross-correlation: "
            "convolution in the sense of mathematics is the same with the "
            "kernel turned by 180 degrees. The two agree for all images "
            "exactly when the kernel is its own half-turn."
        ),
    ),
    _claim(
        "2.8",
        "Linear, and silent on constant images",
        "(beyond the slides)",
        "T",
        (
            "Without bias a convolution is linear in the image and in the "
            "filter. Without padding, a constant image meets a filter whose "
            "weights sum to 0 with 0."
        ),
    ),
    _claim(
        "3.1",
        "Many filters make a volume",
        "O que acontece depois da convolução?",
        "D",
        (
            "A convolution of N x C x H x W with F filters gives F maps, "
            "stacked into a volume."
        ),
    ),
    _claim(
        "3.2",
        "The worked example: six filters",
        "O que acontece depois da convolução?",
        "X",
        (
            "Six filters of 3 x 5 x 5 on an image of 3 x 32 x 32 give 6 x "
            "28 x 28, with 456 parameters, biases included."
        ),
        note="The slide gives the filters; the size of the image is ours.",
    ),
    _claim(
        "3.3",
        "Filters and channels",
        "O que acontece depois da convolução?",
        "T",
        (
            "Filter f's map depends on filter f alone; permuting filters "
            "permutes maps; the map of many channels is the sum of the maps "
            "of each, the bias added once."
        ),
    ),
    _claim(
        "3.4",
        "What early and later layers learn",
        "O que a rede aprende com isso?",
        "E",
        (
            "Early layers learn edge-like filters, later layers respond to "
            "larger parts."
        ),
    ),
    _claim(
        "3.5",
        "Simple and complex cells",
        "Um modelo inspirado no cérebro",
        "D",
        (
            "A simple cell is a Gabor filter, rectified; a complex cell is "
            "the energy of a pair of them in quadrature, with pooling over "
            "position if wanted."
        ),
    ),
    _claim(
        "3.6",
        "How cells answer to gratings",
        "Um modelo inspirado no cérebro",
        "T",
        (
            "To gratings a simple cell answers its own orientation most and "
            "swings with the phase; a complex cell's answer does not depend "
            "on the phase. Exact in integers for the pair (1, 0, -1, 0) and "
            "(0, 1, 0, -1) tiled around a circle."
        ),
    ),
    _claim(
        "3.7",
        "Answering to movement",
        "Um modelo inspirado no cérebro",
        "C",
        "A complex cell answers to movement.",
        condition=(
            "A memoryless energy cell keeps its answer while a pattern "
            "moves; it does not tell movement: a sequence and its reverse "
            "give the same answers, reversed."
        ),
        counterexample=(
            "A pattern that moves right and the same pattern moving left: "
            "the two lists of answers are each other's reverse."
        ),
        note="A spatio-temporal energy cell would tell the direction.",
    ),
    _claim(
        "3.8",
        "A network is a graph of layers",
        "Como as camadas se Organizam?",
        "D",
        (
            "A network is layers, branches and additions included; shapes, "
            "parameters, multiplications and receptive field of every layer "
            "follow, as a table."
        ),
    ),
    _claim(
        "3.9",
        "Volumes through a stack",
        "Como as camadas se Organizam?",
        "T",
        (
            "Each layer takes the volume of maps of the one before. "
            "Composing the sizes of a stack gives floor((W + 2 sum P_l "
            "j_(l-1) - RF) / J) + 1 for the whole net."
        ),
    ),
    _claim(
        "3.10",
        "Deeper is more abstract",
        "Como as camadas se Organizam?",
        "E",
        (
            "The deeper a layer, the more abstract its information: less "
            "sensitive to translation and deformation."
        ),
    ),
    _claim(
        "3.11",
        "LeNet, VGG and ResNet as descriptions",
        "Como as camadas se Organizam?",
        "D C",
        (
            "LeNet, VGG and ResNet as descriptions whose shapes, parameters "
            "and receptive fields are computed: VGG-16 has 138,357,544 "
            "parameters, ResNet-50 25,557,032."
        ),
        condition=(
            "That input, convolution, ReLU, pooling, next layer is their "
            "common shape holds of the LeNet that is taught today."
        ),
        counterexample=(
            "The LeNet of 1998 has no ReLU, VGG stacks convolutions before "
            "a pool, ResNet adds branches."
        ),
    ),
    _claim(
        "4.1",
        "The 5 x 5 example",
        "O problema nas bordas",
        "X",
        (
            "The 5 x 5 image with the 3 x 3 filter gives [[6, -9, -8], [-3, "
            "-2, -3], [-3, 0, -2]]."
        ),
        note="The slide leaves the last cell empty; -2 is filled in.",
    ),
    _claim(
        "4.2",
        "Without padding the image shrinks",
        "O problema nas bordas",
        "C",
        "Without padding W_out = W - K + 1: the image shrinks.",
        condition=(
            "S = D = 1, P = 0 and K <= W; it shrinks exactly when K > 1."
        ),
        counterexample="A kernel of 1 keeps the size: W_out = W.",
    ),
    _claim(
        "4.3",
        "What the border loses",
        "O problema nas bordas",
        "C",
        "Part of the information at the border is discarded.",
        condition=(
            "With S = D = 1 no pixel goes unseen: each is in some window. "
            "Border pixels are seen less often."
        ),
        counterexample=(
            "Two pixels with K = 1 and S = 2: the second is in no window."
        ),
    ),
    _claim(
        "4.4",
        "How many windows see a pixel",
        "O problema nas bordas",
        "D T",
        (
            "Coverage counts how many windows see each pixel. With S = D = "
            "1 and P = 0 it is min(i+1, K, W-K+1, W-i) along an axis and "
            "the outer product in two; in all it is the number of cells of "
            "windows that are not padding."
        ),
        note=(
            "A corner is seen once; an inner pixel K K times only where "
            "both sides are at least 2 K - 1."
        ),
    ),
    _claim(
        "4.5",
        "Zero padding",
        "A solução: usar padding",
        "D X",
        (
            "Zero padding frames an image with zeros, and unpadding takes "
            "the frame off. The slide's 5 x 5 table in its frame, with the "
            "sharpening kernel, gives the slide's 25 results."
        ),
    ),
    _claim(
        "4.6",
        "Output size",
        "Cálculo do tamanho de saída com padding",
        "C",
        "W_out = (W - K + 2P) / S + 1.",
        condition=(
            "With a floor: W_out = floor((W + 2P - K_eff) / S) + 1. The "
            "last (W + 2P - K_eff) mod S padded cells are never read, so "
            "that max(0, that - P) pixels are lost."
        ),
        counterexample=(
            "W = 2, K = 1, P = 0, S = 2: the slide's formula gives 3/2, and "
            "the size is 1."
        ),
    ),
    _claim(
        "4.7",
        "Padding that keeps the size",
        "Cálculo do tamanho de saída com padding",
        "C",
        "P = 1 keeps the size: same padding.",
        condition=(
            "For every W exactly when S = 1 and D (K - 1) = 2; in general S "
            "= 1 and 2 P = D (K - 1). An even K with an odd D needs one "
            "extra cell on one side."
        ),
        counterexample=(
            "K = 1 with P = 1 makes 3 cells of 1; K = 5 makes 5 of 7; K = 3 "
            "with S = 2 makes 3 of 5."
        ),
    ),
    _claim(
        "4.8",
        "The receptive field of a unit",
        "O que é o Receptive Field?",
        "D",
        (
            "The receptive field of a unit in a stack of layers: its size, "
            "the jump between neighbouring units and where the first one "
            "starts, per axis."
        ),
    ),
    _claim(
        "4.9",
        "What the receptive field depends on",
        "O que é o Receptive Field?",
        "C",
        ("The receptive field depends on kernel, stride, padding and depth."),
        condition=(
            "Its size does not depend on padding. Its position does, and "
            "what the border clips of it."
        ),
        counterexample=(
            "K = 3 with P = 0 and with P = 1: the size is 3 both times, the "
            "start is 0 and -1."
        ),
        note=(
            "A cell reads the field's pixels that lie in the image where "
            "only the image is padded: a later layer's padding hides some."
        ),
    ),
    _claim(
        "4.10",
        "The field grows with depth",
        "Como o Receptive Field cresce?",
        "C",
        "The receptive field grows with every layer.",
        condition=(
            "It never shrinks; it grows at a layer exactly when that "
            "layer's kernel is larger than 1."
        ),
        counterexample="A 1 x 1 layer on top of a 3 x 3 one: 3 and 3.",
    ),
    _claim(
        "4.11",
        "The recursion for field and jump",
        "Cálculo do Receptive Field",
        "D",
        (
            "j_l = j_(l-1) s_l and RF_l = RF_(l-1) + (k_l - 1) j_(l-1), "
            "with dilation through K_eff."
        ),
    ),
    _claim(
        "4.12",
        "The worked example: three 3 x 3 layers",
        "Exemplo prático: 3 camadas 3x3 com stride = 1",
        "X",
        (
            "Three 3 x 3 layers with stride 1 have the fields 3, 5 and 7: "
            "each adds 2."
        ),
    ),
    _claim(
        "4.13",
        "The closed form",
        "Fórmula Geral do Receptive Field",
        "T",
        (
            "The closed form RF = 1 + sum (k_l - 1) prod s_i equals the "
            "recursion, and the span of the pixels that an unclipped unit "
            "reads, traced exactly."
        ),
        note=(
            "The set of pixels may have holes: K = 1 with S = 2, then K = "
            "3, reads the pixels 0, 2 and 4."
        ),
    ),
    _claim(
        "4.14",
        "Published receptive fields",
        "Fórmula Geral do Receptive Field",
        "X",
        (
            "The published receptive fields: AlexNet 195 and VGG-16 212 "
            "after the last pool, ResNet-50 483 where the stride sits in "
            "the first 1 x 1 of a stage and 427 where it sits in the 3 x 3, "
            "MobileNet v1 315, Darknet-53 725."
        ),
        note=(
            "Araujo, Norris and Sim, Distill (2019). Branches need paths, "
            "not a list. The slide names ResNet and YOLO."
        ),
    ),
    _claim(
        "4.15",
        "The effective receptive field",
        "Teórico vs. Efetivo",
        "D",
        (
            "The effective receptive field is the gradient of the centre "
            "output with respect to the input."
        ),
    ),
    _claim(
        "4.16",
        "A Gaussian inside the field",
        "Teórico vs. Efetivo",
        "C T E",
        (
            "The gradient is 0 outside the theoretical field, and gathers "
            "at the centre like a Gaussian. For equal weights its variance "
            "is exactly the sum of j_(l-1)^2 (k_l^2 - 1) / 12."
        ),
        condition=(
            "Towards a Gaussian for stride 1 and kernels larger than 1, "
            "with depth."
        ),
        counterexample=(
            "K = S = 2: the gradient is uniform at any depth, and nothing "
            "gathers at the centre."
        ),
        note=(
            "With random and trained weights: to be measured (Luo and "
            "others, 2016: a width like the square root of the depth)."
        ),
    ),
    _claim(
        "5.1",
        "Stride keeps every S-th cell",
        "Controle de deslocamento com Stride",
        "T",
        (
            "A convolution with stride S is the one with stride 1, of which "
            "every S-th cell is kept."
        ),
        note=(
            'With the same numbers for padding; not with "same", whose '
            "padding depends on S."
        ),
    ),
    _claim(
        "5.2",
        "What a stride saves",
        "Comparando Stride 1 e Stride 2",
        "T",
        (
            "out_S = ceil(out_1 / S) along each axis, and multiplications "
            "in proportion."
        ),
    ),
    _claim(
        "5.3",
        "Stride and skipped pixels",
        "Comparando Stride 1 e Stride 2",
        "C",
        "Stride 2 skips pixels and makes the output smaller.",
        condition=(
            "Without dilation, pixels are skipped only when S > K, and at "
            "the tail (4.6); the output is smaller exactly when out_1 > 1."
        ),
        counterexample=(
            "One pixel with K = 1: one cell with any stride. K = 1 with S = "
            "2 on 3 pixels skips one; K = 3 skips none."
        ),
        note=(
            "A dilated kernel may skip pixels though S <= K_eff: K = 2 with "
            "D = 2 and S = 2 sees every second one."
        ),
    ),
    _claim(
        "5.4",
        "Stride and the receptive field",
        "Como stride afeta o Receptive Field?",
        "C",
        (
            "With larger strides the receptive field grows faster; stride 2 "
            "doubles the jump at each layer: j_l = 2^l."
        ),
        condition="Only through later layers whose kernels are larger than 1.",
        counterexample=(
            "A layer of K = 3 with S = 2 and a 1 x 1 layer: the field stays "
            "3, as with S = 1."
        ),
    ),
    _claim(
        "5.5",
        "Effective kernel size",
        "Dilated Convolutions",
        "D X C",
        (
            "K_eff = K + (K - 1)(D - 1); K = 3 with D = 2 gives 5. A "
            "dilated kernel covers a larger area with the same number of "
            "weights."
        ),
        condition="The area grows unless K = 1.",
        counterexample="K = 1 with D = 2: K_eff = 1.",
    ),
    _claim(
        "5.6",
        "A dilated kernel is a kernel with holes",
        "Dilated Convolutions",
        "T",
        (
            "A dilated convolution is the ordinary one with a kernel "
            "between whose weights zeros are put, for finite data; it has "
            "the same number of weights."
        ),
    ),
    _claim(
        "5.7",
        "Dilation and resolution",
        "Dilated Convolutions",
        "C",
        "Dilated convolutions lose no resolution.",
        condition="With S = 1 and P = D (K - 1) / 2, where D (K - 1) is even.",
        counterexample="K = 3 with D = 2 and P = 1: 5 pixels give 3 cells.",
    ),
    _claim(
        "5.8",
        "1 x 1 convolutions",
        "Convoluções 1x1",
        "C T",
        (
            "A 1 x 1 convolution applies one matrix to every pixel's "
            "channels, and keeps the resolution. Two in a row, nothing "
            "between, are one with W2 W1 and bias W2 b1 + b2."
        ),
        condition="The size stays when S = 1 and P = 0.",
        counterexample="S = 2 on 2 pixels leaves 1.",
    ),
    _claim(
        "5.9",
        "Depthwise, then pointwise",
        "Depthwise separable convolutions",
        "D T",
        (
            "Depthwise then pointwise is a full convolution with the "
            "weights p[o, i] d[i]."
        ),
    ),
    _claim(
        "5.10",
        "What separable convolution saves",
        "Depthwise separable convolutions",
        "X C",
        (
            "A separable convolution has KH KW Cin + Cin Cout weights "
            "instead of KH KW Cin Cout: a ratio of 1 / Cout + 1 / (KH KW)."
        ),
        condition="It saves exactly when (KH KW - 1)(Cout - 1) > 1.",
        counterexample=(
            "Cout = 1; K = 1; and the tie of a 1 x 2 kernel with Cout = 2, "
            "four weights each way for every input channel."
        ),
    ),
    _claim(
        "5.11",
        "Groups",
        "Grouped Convolutions",
        "D T",
        (
            "A convolution with G groups is G small ones side by side, and "
            "a full one whose kernel is block-diagonal. Weights and "
            "multiplications are divided by exactly G, biases are not. G "
            "divides Cin and Cout."
        ),
    ),
    _claim(
        "5.12",
        "Depthwise is grouped to the end",
        "Grouped Convolutions",
        "C",
        "With G = Cin a grouped convolution is the depthwise one.",
        condition=(
            "When Cout = Cin; else it has a multiplier. G = 1 is the "
            "ordinary one."
        ),
        counterexample=(
            "Cin = G = 1 with two filters: two maps of one channel, where "
            "the slide's depthwise makes one."
        ),
    ),
    _claim(
        "6.1",
        "Why pool",
        "Por que usar pooling?",
        "C T",
        (
            "Pooling lowers the resolution and makes the network robust to "
            "small variations."
        ),
        condition=(
            "Lower, without padding, exactly where an axis has more than "
            "one pixel and K > 1 or S > 1. Robust: an answer never changes "
            "by more than the largest change of a pixel. "
            "Unchanged by moves inside a window only when windows are "
            "disjoint, S >= K."
        ),
        counterexample=(
            "K = 3 with S = 2 on 0, 0, 0, 1, 0 answers 0, 1; the 1 moved by "
            "one pixel to the left, inside the second window, makes it 1, "
            "1."
        ),
        note="It is not invariance to translation.",
    ),
    _claim(
        "6.2",
        "The worked example: values after pooling",
        "Intuição",
        "X T",
        (
            "An image of 3 x 1280 x 720 (channels, width, height) has "
            "2,764,800 values; after 2 x 2 pooling a quarter, and a quarter "
            "of the next layer's multiplications, where that layer keeps "
            "the size."
        ),
        note=(
            "Without padding a 3 x 3 layer makes 1278 x 718 cells of the "
            "image, and 638 x 358 of the pooled one: fewer than a quarter."
        ),
    ),
    _claim(
        "6.3",
        "Max pooling",
        "Tipos de Pooling: Max-Pooling",
        "D C",
        "Max pooling keeps the strongest activation of each window.",
        condition=(
            "The largest value, not the largest magnitude. Max and min "
            "return members of their window; the mean need not."
        ),
        counterexample="The window -9, 1 gives 1.",
    ),
    _claim(
        "6.4",
        "Average pooling",
        "Tipos de Pooling: Average-Pooling",
        "D T C",
        (
            "Average pooling is a depthwise convolution with 1 / (K K), "
            "where padding is counted or absent and there is no ceil mode. "
            "Its results are smoother."
        ),
        condition=(
            "Without padding its range never exceeds the input's, and the "
            "total variation along an axis never grows. The largest step "
            "between neighbours need not shrink when S > 1."
        ),
        counterexample=(
            "0, 1, 2, 3 with K = S = 2 gives 0.5, 2.5: a step of 2 where "
            "there were steps of 1. 0, 1, 1, 1 with K = 3 and S = 1 steps "
            "where max pooling is flat."
        ),
    ),
    _claim(
        "6.5",
        "Min pooling",
        "Tipos de Pooling: Min-Pooling",
        "D X T",
        (
            "Min pooling keeps the smallest value of each window; the 4 x 4 "
            "table gives [[14, 13], [55, 12]]. min(x) = -max(-x), so that "
            "it finds dark areas: it is max pooling of the negative image. "
            "min <= mean <= max where padding is absent or not counted."
        ),
        counterexample=(
            "2 x 2 ones with K = 3 and P = 1, padding counted: the mean is "
            "4/9 and the min 1. In floats, the mean of three 0.1 is above "
            "0.1."
        ),
    ),
    _claim(
        "6.6",
        "Pooling or stride",
        "Pooling vs Stride",
        "T",
        (
            "Pooling and strided convolution have the same output size, and "
            "they compose. Max and min are not linear once a window holds "
            "two cells; the mean is a convolution."
        ),
    ),
    _claim(
        "6.7",
        "ReLU",
        "Pooling e ReLU: combinando tudo",
        "D T",
        (
            "ReLU is max(0, x): idempotent, monotone, positively "
            "homogeneous, and never leaves fewer zeros than before."
        ),
    ),
    _claim(
        "6.8",
        "ReLU and the gradient",
        "Pooling e ReLU: combinando tudo",
        "C",
        "ReLU keeps the gradient alive.",
        condition=(
            "The gradient is 1 where x > 0 and 0 where x < 0; at 0 it is 0, "
            "by choice."
        ),
        counterexample=(
            "A unit that is negative on all data: no gradient passes, it is "
            "dead."
        ),
    ),
    _claim(
        "6.9",
        "Pooling and ReLU change places",
        "Pooling e ReLU: combinando tudo",
        "T",
        (
            "In conv, ReLU, pool, ReLU the second ReLU changes nothing, "
            "after max, min and mean alike. ReLU commutes with max and min "
            "pooling, where every window has a real cell, and not with the "
            "mean."
        ),
        counterexample=(
            "The window -1, 1: the mean of the rectified is 1/2, the "
            "rectified mean 0."
        ),
    ),
    _claim(
        "6.10",
        "ReLU against sigmoid and tanh",
        "Pooling e ReLU: combinando tudo",
        "E",
        (
            "ReLU gives sparser activations, keeps gradients by depth "
            "against sigmoid and tanh, and trains faster."
        ),
    ),
    _claim(
        "7.1",
        "The seven layers",
        "O que é? / 1ª-7ª Camada",
        "D X",
        (
            "The seven layers of LeNet-5 on 32 x 32 pixels, their volumes "
            "(6x28x28, 6x14x14, 16x10x10, 16x5x5, 120, 84, 10) and "
            "parameters: in the original of 1998 156, 12, 1516, 32, 48120 "
            "and 10164, 60,000 in all, with 340,908 connections; in the "
            "modern form 61,706."
        ),
        note=(
            "The original has trainable subsampling, a partial table for "
            "C3, a scaled tanh, and an output of radial basis functions "
            "with 840 fixed codes."
        ),
    ),
    _claim(
        "7.2",
        "Parameters, against a dense net",
        "Parâmetros e eficiência",
        "T X",
        (
            "LeNet-5 has fewer parameters than the dense net of the same "
            "layer sizes, 1024-4704-1600-120-84-10, with 12,552,734. The "
            "saving is all in C1 and C3: C5, F6 and the output each equal "
            "the dense layer on their own inputs."
        ),
        note=(
            "The twin leaves the pools out, so that its layer of 120 units "
            "reads 1600 numbers where C5 reads 400: equal are the layers, "
            "each on its own inputs, not the two nets' rows."
        ),
    ),
    _claim(
        "7.3",
        "What LeNet did and did not bring",
        "O que é? / LeNet hoje: base para muitas arquiteturas",
        "C",
        "LeNet introduced conv, ReLU, pool and filters with a stride.",
        condition=(
            "Of the LeNet-5 of 1998 neither holds: it squashes with tanh, "
            "its convolutions have stride 1; stride 2 is in its "
            "subsampling."
        ),
        counterexample=(
            "The net of 7.1: no layer is a ReLU, no convolution has a stride."
        ),
        note="History, checked against the description of the net.",
    ),
    _claim(
        "7.4",
        "Learning real digits",
        "LeNet hoje: base para muitas arquiteturas",
        "E",
        "LeNet-5 learns real handwritten digits.",
    ),
    _claim(
        "7.5",
        "Gradients",
        "(beyond the slides)",
        "T",
        (
            "The gradients used in training: the backward pass of every "
            "layer equals exact differences where the layer is piecewise "
            "linear, and stands in the adjoint identity <conv(x), y> = <x, "
            "conv_T(y)> (without bias; conv_T is told the input size)."
        ),
    ),
    _claim(
        "8.1",
        "Mini-batches",
        "O que é um mini-batch?",
        "D C",
        (
            "Mini-batches hold every example exactly once an epoch; the "
            "mean of their gradients is the full gradient."
        ),
        condition=(
            "For the same weights, a mean loss per example, equal sizes "
            "(else weigh by size) and no batch norm inside."
        ),
        counterexample=(
            "Three examples in batches of two and one, the gradients 0, 0 "
            "and 3: the mean of the batches' means is 1.5, the full "
            "gradient 1."
        ),
    ),
    _claim(
        "8.2",
        "Internal covariate shift",
        "O problema da instabilidade nas ativações",
        "E",
        (
            "The distribution of activations drifts during training: "
            "internal covariate shift."
        ),
    ),
    _claim(
        "8.3",
        "Mean and variance",
        "Etapa 1: média e variância",
        "D",
        ("The mean and the biased variance of each channel over N, H and W."),
    ),
    _claim(
        "8.4",
        "Normalization",
        "Etapa 2: normalização",
        "C",
        "The normalized values have mean 0 and variance 1.",
        condition=(
            "Mean 0, in exact arithmetic; variance sigma^2 / (sigma^2 + "
            "eps). After step 3 the mean is beta and the variance gamma^2 "
            "sigma^2 / (sigma^2 + eps)."
        ),
        counterexample=(
            "The values -1, 1 with eps = 3: the variance is 1/4. A constant "
            "channel gives 0, with variance 0."
        ),
        note="A single value per channel is refused in training.",
    ),
    _claim(
        "8.5",
        "Scale and shift",
        "Etapa 3: reescala e deslocamento",
        "D T",
        (
            "y = gamma x-hat + beta; gamma = sqrt(sigma^2 + eps) with beta "
            "= mu undoes the normalization."
        ),
    ),
    _claim(
        "8.6",
        "Channel by channel",
        "A solução: Batch Normalization",
        "T",
        (
            "Batch norm works channel by channel: no channel changes "
            "another, while the examples of a batch change each other. A "
            "shift is forgotten for any eps, and BN(a x; a^2 eps) = sign(a) "
            "BN(x; eps)."
        ),
    ),
    _claim(
        "8.7",
        "Inference and running statistics",
        "A solução: Batch Normalization",
        "D",
        (
            "At inference the running statistics are used. They are kept as "
            "PyTorch keeps them: the momentum weighs the new value, and the "
            "running variance is unbiased."
        ),
        note="ONNX weighs the old value.",
    ),
    _claim(
        "8.8",
        "Folding into the convolution before",
        "Efeitos práticos da BatchNorm",
        "T C",
        (
            "Batch norm costs nothing at inference: folded into the "
            "convolution directly before it, with or without a bias, it "
            "gives the same outputs."
        ),
        condition="In inference mode.",
        counterexample=(
            "In training mode the statistics are those of the batch: one "
            "example with a single pixel is refused, and the folded "
            "convolution answers."
        ),
    ),
    _claim(
        "8.9",
        "Before the activation",
        "A solução: Batch Normalization / Efeitos práticos da BatchNorm",
        "C",
        (
            "Batch norm is applied before the activation, and can be folded "
            "away."
        ),
        condition=(
            "Folding back through a ReLU works only for (scale > 0, shift "
            "0) or (scale 0, shift >= 0); folding forward into the next "
            "convolution needs that one to have no zero padding."
        ),
        counterexample=(
            "Scale -1 with shift 0 on x = 1. Shift 1 before a convolution "
            "with P = 1: the frame would have to be -1 and is 0."
        ),
    ),
    _claim(
        "8.10",
        "Faster training",
        "Efeitos práticos da BatchNorm",
        "E",
        (
            "Batch norm permits larger learning rates, converges faster and "
            "regularizes lightly."
        ),
    ),
    _claim(
        "8.11",
        "The scale of weights is forgotten",
        "Efeitos práticos da BatchNorm",
        "T E",
        (
            "At eps = 0, batch norm after a convolution forgets the scale "
            "of its weights, if that is positive, and the gradient of the "
            "loss is orthogonal to them: <w, dw> = 0. Less sensitivity to "
            "initialization: to be measured."
        ),
    ),
    _claim(
        "8.12",
        "The backward pass",
        "Efeitos práticos da BatchNorm",
        "D T",
        (
            "The backward pass: the input gradient of each channel sums to "
            "0 for any eps, and <dx, x-hat> = gamma eps / (sigma^2 + "
            "eps)^1.5 <dy, x-hat>."
        ),
    ),
    _claim(
        "9.1",
        "Exercises",
        "Prática",
        "D",
        (
            "Exercises: a student writes each layer and formula from a "
            "stub, and has it graded against this specification."
        ),
    ),
)

CLAIMS = MappingProxyType({claim.id: claim for claim in _ROWS})
"""Every row by its id, in the order of the lecture."""
